"""Responses that were kept, and the agents as models."""

from __future__ import annotations

import time
from typing import Any

from fastapi import FastAPI

from spanloom.serving.routes.documentation import answers
from spanloom.serving.state import ServerState
from spanloom.web.errors import HttpError

__all__ = ["add_to"]


def add_to(app: FastAPI, state: ServerState) -> None:
    """Add the paths."""
    begun = int(time.time())

    async def get_response(response_id: str) -> dict[str, Any]:
        found = state.stored.get(response_id)
        if found is None:
            raise _no_response(response_id)
        return found.body

    async def delete_response(response_id: str) -> dict[str, Any]:
        if not state.stored.delete(response_id):
            raise _no_response(response_id)
        return {"id": response_id, "object": "response", "deleted": True}

    async def list_models() -> dict[str, Any]:
        return {"object": "list", "data": [_model(name, begun) for name in state.agents.by_name()]}

    async def get_model(model: str) -> dict[str, Any]:
        return _model(state.agents.find(model).name, begun)

    for path, methods, summary, endpoint in (
        ("/v1/responses/{response_id}", ["GET"], "Return a response", get_response),
        ("/v1/responses/{response_id}", ["DELETE"], "Forget a response", delete_response),
        ("/v1/models/{model}", ["GET"], "Return an agent as a model", get_model),
    ):
        responses = answers(summary, 401, 404)
        app.add_api_route(path, endpoint, methods=methods, summary=summary, responses=responses, response_model=None)
    app.add_api_route("/v1/models", list_models, summary="List the agents", responses=answers("The agents", 401))


def _model(name: str, created: int) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": created, "owned_by": "spanloom"}


def _no_response(response_id: str) -> HttpError:
    return HttpError(404, f"there is no response {response_id[:100]!r}", code="not_found", param="response_id")
