"""The adapters of requests. What it streams is read to its end before the program gets it, while it is recorded."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from spanloom.instrument.calls import Call
from spanloom.instrument.plugin import Plugin
from spanloom.instrument.transports import HttpRequest, HttpResponse, HttpTransport

__all__ = ["REQUESTS"]


def _read_request(call: Call) -> HttpRequest:
    request = _request_of(call)
    body = request.body.encode() if isinstance(request.body, str) else request.body
    told = body if isinstance(body, bytes) else b""  # a file or an iterator: it can be read once only
    headers = request.headers
    return HttpRequest(request.method, request.url, headers.get("content-type", ""), told, headers.get("accept", ""))


def _request_of(call: Call) -> Any:
    return call.args[0] if call.args else call.kwargs["request"]


def _respond(call: Call, response: HttpResponse) -> Any:
    from urllib3 import HTTPResponse

    raw = HTTPResponse(
        io.BytesIO(b"".join(response.chunks)), headers=response.headers, status=response.status, preload_content=False
    )
    return call.instance.build_response(_request_of(call), raw)


def _listen(_call: Call, response: Any, keep: Callable[[HttpResponse], None]) -> Any:
    headers = {name.lower(): value for name, value in response.headers.items()}
    keep(HttpResponse(response.status_code, headers, [response.content]))
    return response


REQUESTS = Plugin(
    name="requests",
    package="requests",
    requires=">=2.31,<3",
    transports=(HttpTransport("requests.adapters", "HTTPAdapter.send", _read_request, _respond, _listen),),
)
