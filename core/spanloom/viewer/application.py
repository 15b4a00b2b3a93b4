"""The ASGI application of the viewer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

import spanloom
from spanloom.errors import (
    ArtifactError,
    EvaluationError,
    FilterError,
    NotFoundError,
    PromptError,
    SchemaError,
    SpanloomError,
)
from spanloom.otlp.receive.endpoint import Endpoint
from spanloom.viewer import api, artifacts_api, evaluations_api, prompts_api, runs_api
from spanloom.web.errors import HttpError, answer_errors
from spanloom.web.files import add_files, page_response
from spanloom.web.gate import Gate

__all__ = ["make_application"]

_FOLDER = Path(__file__).parent / "page"
_PAGES = {
    "/": "list.html",
    "/charts": "charts.html",
    "/compare/{first}/{second}": "compare.html",
    "/prompts": "prompts.html",
    "/prompts/{name}": "prompt.html",
    "/runs": "runs.html",
    "/runs/compare": "runs_compare.html",
    "/runs/{run_id}": "run.html",
    "/sessions/{session_id:path}": "session.html",
    "/traces/{trace_id}": "trace.html",
}


def make_application(*, host: str = "127.0.0.1") -> FastAPI:
    """Return an application that shows the traces of the configured store, and takes more over OTLP.

    Args:
        host: The name or address that it will listen on: requests for another name are refused.

    Example:
        >>> spanloom.configure(store="sqlite:///traces.db")
        >>> uvicorn.run(make_application())
    """
    receiver = Endpoint()
    app = FastAPI(
        title="spanloom viewer",
        version=spanloom.__version__,
        docs_url=None,
        redoc_url=None,
        lifespan=receiver.lifespan,
    )
    app.routes.append(receiver.route)
    for path, name in _PAGES.items():
        app.add_api_route(path, _page(name), include_in_schema=False, response_class=Response)
    for part in (api, prompts_api, runs_api, artifacts_api, evaluations_api):
        app.include_router(part.router)
    add_files(app, _FOLDER)
    answer_errors(app, overview="/openapi.json")
    app.add_exception_handler(RequestValidationError, _bad_request)
    app.add_exception_handler(SpanloomError, _spanloom_error)
    app.add_middleware(Gate, host=host, name="viewer")
    return app


def _page(name: str) -> Callable[[], Awaitable[Response]]:
    async def page() -> Response:
        return page_response(_FOLDER / name)

    return page


async def _bad_request(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"][1:])
    told = HttpError(400, f"{field or 'the body'}: {first['msg']}", code="invalid_request", param=field or None)
    return JSONResponse(told.body, told.status)


async def _spanloom_error(_request: Request, error: Exception) -> Response:
    if isinstance(error, FilterError):
        told = HttpError(400, str(error), code="invalid_filter", param="filter")
        told_error = {**told.body["error"], "position": error.position}
        return JSONResponse({"error": told_error}, told.status)
    if isinstance(error, NotFoundError):
        told = HttpError(404, str(error), code="not_found")
    elif isinstance(error, ArtifactError | EvaluationError | PromptError | SchemaError):
        told = HttpError(400, str(error), code="invalid_request")
    else:
        told = HttpError(500, str(error), code="store")
    return JSONResponse(told.body, told.status)
