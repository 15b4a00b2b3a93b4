"""The ASGI application of `spanloom collector`."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from spanloom.otlp.receive.endpoint import Endpoint
from spanloom.web.gate import Gate

__all__ = ["make_application"]


def make_application(*, host: str = "127.0.0.1") -> Starlette:
    """Return an application that takes traces over OTLP/HTTP into the configured store.

    Args:
        host: The name or address that it will listen on: requests for another name are refused.

    Example:
        >>> spanloom.configure(store="sqlite:///traces.db")
        >>> uvicorn.run(make_application(), port=4318)
    """
    receiver = Endpoint()
    return Starlette(
        routes=[Route("/", _overview), receiver.route],
        middleware=[Middleware(Gate, host=host, name="collector")],
        exception_handlers={404: _not_found},
        lifespan=receiver.lifespan,
    )


async def _overview(_request: Request) -> Response:
    return JSONResponse({"traces": "POST /v1/traces, OTLP in protobuf or JSON"})


async def _not_found(request: Request, _error: Exception) -> Response:
    message = f"there is no {request.url.path[:100]} here: this collector takes traces, at /v1/traces"
    return JSONResponse({"code": 5, "message": message}, 404)
