"""The transports of httpx, and of httpx2, which has the same ones under its own name."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache
from typing import Any

from spanloom.instrument.calls import Call
from spanloom.instrument.plugin import Plugin
from spanloom.instrument.transports import HttpRequest, HttpResponse, HttpTransport

__all__ = ["HTTPX", "HTTPX2"]

_IN_MEMORY = frozenset({"ASGITransport", "MockTransport", "WSGITransport", "_TestClientTransport"})
"""Transports that reach no network: a test that calls its own application must go on to reach it."""


def _read_request(call: Call) -> HttpRequest | None:
    if _is_in_memory(call):
        return None
    request = _request_of(call)
    return _told(request, request.read())


async def _read_request_async(call: Call) -> HttpRequest | None:
    if _is_in_memory(call):
        return None
    request = _request_of(call)
    return _told(request, await request.aread())


def _is_in_memory(call: Call) -> bool:
    return any(kind.__name__ in _IN_MEMORY for kind in type(call.instance).__mro__)


def _request_of(call: Call) -> Any:
    return call.args[0] if call.args else call.kwargs["request"]


def _told(request: Any, body: bytes) -> HttpRequest:
    headers = request.headers
    return HttpRequest(
        request.method, str(request.url), headers.get("content-type", ""), body, headers.get("accept", "")
    )


def _respond(call: Call, response: HttpResponse) -> Any:
    request = _request_of(call)
    library = _library(request)
    stream = _recorded(library)(response.chunks)
    return library.Response(response.status, headers=response.headers, stream=stream, request=request)


def _listen(call: Call, response: Any, keep: Callable[[HttpResponse], None]) -> Any:
    library = _library(_request_of(call))
    headers = {name.lower(): value for name, value in response.headers.items() if name.lower() != "content-length"}
    if response.is_closed:  # made by a transport that had it all: one that caches
        keep(HttpResponse(response.status_code, headers, [response.content]))
        return response

    def keep_decompressed(raw: bytes) -> None:
        body = library.Response(200, headers=headers, content=raw).content
        keep(HttpResponse(response.status_code, headers, [body]))

    response.stream = _heard(library)(response.stream, keep_decompressed)
    return response


def _library(request: Any) -> Any:
    return importlib.import_module(type(request).__module__.partition(".")[0])


@cache
def _recorded(library: Any) -> Any:
    """Return the class of recorded bodies; each library asks for its own base classes."""

    class Recorded(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc]
        def __init__(self, chunks: list[bytes]) -> None:
            self._chunks = chunks

        def __iter__(self) -> Iterator[bytes]:
            yield from self._chunks

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for chunk in self._chunks:
                yield chunk

    return Recorded


@cache
def _heard(library: Any) -> Any:
    """Return the class of bodies that are kept while somebody reads them."""

    class Heard(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc]
        def __init__(self, stream: Any, keep: Callable[[bytes], None]) -> None:
            self._stream = stream
            self._chunks: list[bytes] = []
            self._keep = keep

        def __iter__(self) -> Iterator[bytes]:
            for chunk in self._stream:
                self._chunks.append(chunk)
                yield chunk

        async def __aiter__(self) -> AsyncIterator[bytes]:
            async for chunk in self._stream:
                self._chunks.append(chunk)
                yield chunk

        def close(self) -> None:
            self._keep(b"".join(self._chunks))
            self._stream.close()

        async def aclose(self) -> None:
            self._keep(b"".join(self._chunks))
            await self._stream.aclose()

    return Heard


def _plugin(library: str) -> Plugin:
    return Plugin(
        name=library,
        package=library,
        requires=">=0.23",
        transports=(
            HttpTransport(library, "BaseTransport.handle_request", _read_request, _respond, _listen, subclasses=True),
            HttpTransport(
                library,
                "AsyncBaseTransport.handle_async_request",
                _read_request_async,
                _respond,
                _listen,
                is_async=True,
                subclasses=True,
            ),
        ),
    )


HTTPX, HTTPX2 = _plugin("httpx"), _plugin("httpx2")
