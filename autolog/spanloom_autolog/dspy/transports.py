"""The HTTP client that DSPy brings along, for recording and replaying what models answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from importlib import import_module
from typing import Any

from spanloom.instrument import Call, HttpRequest, HttpResponse, HttpTransport

__all__ = ["TRANSPORTS"]

_PACKAGE = "dspy._vendor.lm15.transports"


def _read_request(call: Call) -> HttpRequest:
    request = call.args[0]
    headers = {name.lower(): value for name, value in request.headers}
    return HttpRequest(request.method, request.url, headers.get("content-type", ""), request.body)


def _respond(_call: Call, response: HttpResponse) -> Any:
    def release(_consumed: bool) -> None:
        pass

    return _type("TransportResponse")(chunks=iter(response.chunks), release=release, **_head(response))


def _respond_async(_call: Call, response: HttpResponse) -> Any:
    async def chunks() -> AsyncIterator[bytes]:
        for chunk in response.chunks:
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


def _listen(_call: Call, response: Any, keep: Callable[[HttpResponse], None]) -> Any:
    heard: list[bytes] = []
    stream, release = response._chunks, response._release  # noqa: SLF001 - what it was made with

    def chunks() -> Iterator[bytes]:
        for chunk in stream:
            heard.append(chunk)
            yield chunk

    def keep_and_release(consumed: bool) -> None:
        keep(_told(response, heard))
        release(consumed)

    response._chunks, response._release = chunks(), keep_and_release  # noqa: SLF001
    return response


def _listen_async(_call: Call, response: Any, keep: Callable[[HttpResponse], None]) -> Any:
    heard: list[bytes] = []
    stream, release = response._chunks, response._release  # noqa: SLF001 - what it was made with

    async def chunks() -> AsyncIterator[bytes]:
        async for chunk in stream:
            heard.append(chunk)
            yield chunk

    async def keep_and_release(consumed: bool) -> None:
        keep(_told(response, heard))
        await release(consumed)

    response._chunks, response._release = chunks(), keep_and_release  # noqa: SLF001
    return response


def _told(response: Any, chunks: list[bytes]) -> HttpResponse:
    return HttpResponse(response.status, {name.lower(): value for name, value in response.headers}, chunks)


TRANSPORTS = (
    HttpTransport(f"{_PACKAGE}._sync", "StdlibTransport.stream", _read_request, _respond, _listen),
    HttpTransport(
        f"{_PACKAGE}._async",
        "StdlibAsyncTransport._do_stream",
        _read_request,
        _respond_async,
        _listen_async,
        is_async=True,
    ),
)
