"""The HTTP client that DSPy brings along, for recording and replaying what models answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from importlib import import_module
from typing import Any

from spanloom.instrument import Call, HeardBody, HttpRequest, HttpResponse, HttpTransport

__all__ = ["TRANSPORTS"]

_PACKAGE = "dspy._vendor.lm15.transports"


def _read_request(call: Call) -> HttpRequest:
    request = call.args[0]
    headers = {name.lower(): value for name, value in request.headers}
    return HttpRequest(request.method, request.url, headers.get("content-type", ""), request.body)


def _fail(_call: Call, name: str, message: str) -> Exception:
    failure: Exception = _type(name)(message)
    return failure


def _chunks(response: HttpResponse) -> Iterator[bytes]:
    yield from response.chunks
    if response.failure is not None:
        raise response.failure


def _respond(_call: Call, response: HttpResponse) -> Any:
    def release(_consumed: bool) -> None:
        pass

    return _type("TransportResponse")(chunks=_chunks(response), release=release, **_head(response))


def _respond_async(_call: Call, response: HttpResponse) -> Any:
    async def chunks() -> AsyncIterator[bytes]:
        for chunk in _chunks(response):
            yield chunk

    async def release(_consumed: bool) -> None:
        pass

    return _type("AsyncTransportResponse")(chunks=chunks(), release=release, **_head(response))


def _type(name: str) -> Any:
    # By name: an import of this typed package makes type checkers take DSPy around it, which is not, for typed.
    return getattr(import_module(_PACKAGE), name)


def _head(response: HttpResponse) -> dict[str, Any]:
    headers = list(response.headers.items())
    return {"status": response.status, "reason": "", "headers": headers, "http_version": "HTTP/1.1"}


def _listen(_call: Call, response: Any, keep: Callable[[Callable[[], HttpResponse]], None]) -> Any:
    heard = HeardBody()
    stream = response._chunks  # noqa: SLF001 - what it was made with

    def chunks() -> Iterator[bytes]:
        with heard.noting_failure():
            for chunk in stream:
                heard.chunks.append(chunk)
                yield chunk

    response._chunks = chunks()  # noqa: SLF001
    keep(lambda: _told(response, heard))
    return response


def _listen_async(_call: Call, response: Any, keep: Callable[[Callable[[], HttpResponse]], None]) -> Any:
    heard = HeardBody()
    stream = response._chunks  # noqa: SLF001 - what it was made with

    async def chunks() -> AsyncIterator[bytes]:
        with heard.noting_failure():
            async for chunk in stream:
                heard.chunks.append(chunk)
                yield chunk

    response._chunks = chunks()  # noqa: SLF001
    keep(lambda: _told(response, heard))
    return response


def _told(response: Any, heard: HeardBody) -> HttpResponse:
    headers = {name.lower(): value for name, value in response.headers}
    return HttpResponse(response.status, headers, heard.chunks, heard.failure)


TRANSPORTS = (
    HttpTransport(f"{_PACKAGE}._sync", "StdlibTransport.stream", _read_request, _respond, _listen, fail=_fail),
    HttpTransport(
        f"{_PACKAGE}._async",
        "StdlibAsyncTransport._do_stream",
        _read_request,
        _respond_async,
        _listen_async,
        is_async=True,
        fail=_fail,
    ),
)
