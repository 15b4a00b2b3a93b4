"""The paths for whoever operates the server."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from starlette.responses import Response

import spanloom
from spanloom.serving.metrics import CONTENT_TYPE_LATEST
from spanloom.serving.routes.documentation import answers
from spanloom.serving.state import ServerState
from spanloom.web.errors import HttpError

__all__ = ["add_to"]


def add_to(app: FastAPI, state: ServerState) -> None:
    """Add the paths."""

    async def health() -> dict[str, str]:
        return {"status": "healthy"}

    async def ready() -> dict[str, str]:
        if state.admission.draining:
            raise HttpError(503, "the server is stopping", code="stopping")
        return {"status": "ready"}

    async def info() -> dict[str, Any]:
        agents = [served.describe() for served in state.agents.by_name().values()]
        first = agents[0] if agents else {"name": None, "agent_api": None}
        return {
            "name": first["name"],
            "use_case": "agent",
            "spanloom_version": spanloom.__version__,
            "agent_api": first["agent_api"],
            "agents": agents,
        }

    async def metrics() -> Response:
        return Response(state.metrics.text(state.admission.in_flight), media_type=CONTENT_TYPE_LATEST)

    app.add_api_route("/health", health, summary="Whether the process lives", responses=answers("It does"))
    app.add_api_route("/ready", ready, summary="Whether new requests are welcome", responses=answers("They are", 503))
    app.add_api_route("/agent/info", info, summary="Which agents there are", responses=answers("They", 401))
    app.add_api_route(
        "/metrics",
        metrics,
        summary="Counters for Prometheus",
        response_class=Response,
        responses={200: {"description": "The counters", "content": {"text/plain": {"schema": {"type": "string"}}}}},
    )
