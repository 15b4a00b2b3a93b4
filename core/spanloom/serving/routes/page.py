"""The chat page, and the traces that it shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio.to_thread
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

import spanloom
from spanloom.serving.routes.documentation import answers
from spanloom.serving.state import ServerState
from spanloom.web.errors import HttpError
from spanloom.web.files import add_files, page_response
from spanloom.web.loopback import comes_from_this_machine

__all__ = ["add_to"]

_FOLDER = Path(__file__).parent.parent / "page"


def add_to(app: FastAPI, _state: ServerState) -> None:
    """Add the paths."""

    async def page() -> Response:
        return page_response(_FOLDER / "index.html")

    async def trace(trace_id: str, request: Request) -> Any:
        _check_is_local(request)
        found = await anyio.to_thread.run_sync(spanloom.get_trace, trace_id)
        if found is None:
            raise HttpError(404, f"there is no trace {trace_id[:100]!r}", code="not_found", param="trace_id")
        return found.to_dict()

    app.add_api_route("/", page, include_in_schema=False, response_class=Response)
    app.add_api_route(
        "/traces/{trace_id}", trace, summary="Return a trace", responses=answers("The trace", 401, 403, 404)
    )
    add_files(app, _FOLDER)


def _check_is_local(request: Request) -> None:
    # A trace tells what exceptions said, and what the agent was told beside the request: nothing for clients.
    if not comes_from_this_machine(request.scope):
        raise HttpError(403, "traces are shown on the server's own machine only: spanloom traces show", code="remote")
