"""The chat page, and the traces that it shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio.to_thread
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

import spanloom
from spanloom.serving.errors import HttpError
from spanloom.serving.loopback import comes_from_this_machine
from spanloom.serving.routes.documentation import answers
from spanloom.serving.state import ServerState

__all__ = ["add_to"]

_FOLDER = Path(__file__).parent.parent / "page"
_FRESH = {"cache-control": "no-cache"}
"""Browsers ask whether a file has changed, so that those of two versions never meet."""
_HEADERS = {
    **_FRESH,
    "content-security-policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "referrer-policy": "no-referrer",
}
"""The page shows what agents say, which may be hostile: nothing but its own files may run or be loaded."""


def add_to(app: FastAPI, _state: ServerState) -> None:
    """Add the paths."""

    async def page() -> Response:
        return FileResponse(_FOLDER / "index.html", headers=_HEADERS)

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
    app.mount("/page", _Files(directory=_FOLDER), name="page")


class _Files(StaticFiles):
    def file_response(self, *arguments: Any, **options: Any) -> Response:
        response = super().file_response(*arguments, **options)
        response.headers.update(_FRESH)
        return response


def _check_is_local(request: Request) -> None:
    # A trace tells what exceptions said, and what the agent was told beside the request: nothing for clients.
    if not comes_from_this_machine(request.scope):
        raise HttpError(403, "traces are shown on the server's own machine only: spanloom traces show", code="remote")
