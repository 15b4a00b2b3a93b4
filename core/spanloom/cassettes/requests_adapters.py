"""The adapters of requests. What it streams is read to its end before the program gets it, while it is recorded."""

from __future__ import annotations

import io
from collections.abc import Callable, Generator
from functools import cache
from typing import Any

from spanloom.instrument.calls import Call
from spanloom.instrument.plugin import Plugin
from spanloom.instrument.transports import HttpRequest, HttpResponse, HttpTransport

__all__ = ["REQUESTS"]

_PIECE = 65536


def _read_request(call: Call) -> HttpRequest:
    request = _request_of(call)
    body = request.body.encode() if isinstance(request.body, str) else request.body
    told = body if isinstance(body, bytes) else b""  # a file or an iterator: it can be read once only
    headers = request.headers
    return HttpRequest(request.method, request.url, headers.get("content-type", ""), told, headers.get("accept", ""))


def _request_of(call: Call) -> Any:
    return call.args[0] if call.args else call.kwargs["request"]


def _respond(call: Call, response: HttpResponse) -> Any:
    body = _body_type()(
        io.BytesIO(b"".join(response.chunks)), headers=response.headers, status=response.status, preload_content=False
    )
    body.failure = response.failure
    return call.instance.build_response(_request_of(call), body)


def _listen(_call: Call, response: Any, keep: Callable[[Callable[[], HttpResponse]], None]) -> Any:
    raw, pieces, failure = response.raw, [], None
    try:
        pieces += raw.stream(_PIECE, decode_content=False)
    except Exception as error:  # the program meets it where it reads
        failure = error
    body = _body_of(raw, b"".join(pieces))
    body.failure = failure
    response.raw = body
    headers = {name.lower(): value for name, value in response.headers.items()}

    def tell() -> HttpResponse:
        decompressed = _body_of(raw, b"".join(pieces)).read(decode_content=True)
        return HttpResponse(response.status_code, headers, [decompressed], failure)

    keep(tell)
    return response


def _body_of(raw: Any, content: bytes) -> Any:
    """Return the body of a response as it was before somebody read it."""
    return _body_type()(
        io.BytesIO(content),
        headers=raw.headers,
        status=raw.status,
        version=raw.version,
        reason=raw.reason,
        preload_content=False,
        decode_content=raw.decode_content,
        enforce_content_length=False,
        original_response=raw._original_response,  # noqa: SLF001 - sessions take the cookies from it
    )


@cache
def _body_type() -> Any:
    from urllib3 import HTTPResponse

    class Body(HTTPResponse):
        """A body that was read before, and fails at its end if it did."""

        failure: Exception | None = None

        def read(self, amt: int | None = None, *args: Any, **kwargs: Any) -> bytes:
            data = super().read(amt, *args, **kwargs)
            if self.failure is not None and (amt is None or (not data and amt)):
                raise self.failure
            return data

        def stream(self, *args: Any, **kwargs: Any) -> Generator[bytes]:
            yield from super().stream(*args, **kwargs)
            if self.failure is not None:
                raise self.failure

    return Body


def _fail(call: Call, name: str, message: str) -> Exception:
    """Make what the adapter raises, or what urllib3 does while a body is read."""
    import requests
    import urllib3

    for library in (requests, urllib3):
        kind: Any = getattr(library.exceptions, name, None)
        arguments: dict[str, Any] = {}
        if kind is None or not issubclass(kind, requests.RequestException | urllib3.exceptions.HTTPError):
            continue
        if issubclass(kind, requests.RequestException):
            arguments["request"] = _request_of(call)
        elif issubclass(kind, urllib3.exceptions.RequestError):
            arguments = {"pool": None, "url": None, "message": message}
        failure: Exception = kind(**arguments) if "message" in arguments else kind(message, **arguments)
        return failure
    raise TypeError(f"{name} is no failure of a connection")


REQUESTS = Plugin(
    name="requests",
    package="requests",
    requires=">=2.31,<3",
    transports=(HttpTransport("requests.adapters", "HTTPAdapter.send", _read_request, _respond, _listen, fail=_fail),),
)
