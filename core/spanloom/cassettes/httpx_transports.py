"""The transports of httpx, and of httpx2, which has the same ones under its own name."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Callable, Iterator
from functools import cache
from typing import Any

from spanloom.instrument.calls import Call
from spanloom.instrument.plugin import Plugin
from spanloom.instrument.transports import HeardBody, HttpRequest, HttpResponse, HttpTransport

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
    stream = _recorded(library)(response.chunks, response.failure)
    return library.Response(response.status, headers=response.headers, stream=stream, request=request)


def _fail(call: Call, name: str, message: str) -> Exception:
    request = _request_of(call)
    library = _library(request)
    kind = getattr(library, name)
    if not issubclass(kind, library.TransportError):
        raise TypeError(f"{name} is no failure of a connection")
    failure: Exception = kind(message, request=request)
    return failure


def _listen(call: Call, response: Any, keep: Callable[[Callable[[], HttpResponse]], None]) -> Any:
    library = _library(_request_of(call))
    headers = {name.lower(): value for name, value in response.headers.items() if name.lower() != "content-length"}
    if response.is_closed:  # made by a transport that had it all: one that caches
        keep(lambda: HttpResponse(response.status_code, headers, [response.content]))
        return response
    response.stream = _heard(library)(response.stream)
    heard = response.stream.heard

    def tell() -> HttpResponse:
        decompressed = library.Response(200, headers=headers, content=b"".join(heard.chunks)).content
        return HttpResponse(response.status_code, headers, [decompressed], heard.failure)

    keep(tell)
    return response


def _library(request: Any) -> Any:
    return importlib.import_module(type(request).__module__.partition(".")[0])


@cache
def _recorded(library: Any) -> Any:
    """Return the class of recorded bodies; each library asks for its own base classes."""

    class Recorded(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc]
        def __init__(self, chunks: list[bytes], failure: Exception | None) -> None:
            self._chunks = chunks
            self._failure = failure

        def __iter__(self) -> Iterator[bytes]:
            yield from self._chunks
            if self._failure is not None:
                raise self._failure

        async def __aiter__(self) -> AsyncIterator[bytes]:
            for chunk in self:
                yield chunk

    return Recorded


@cache
def _heard(library: Any) -> Any:
    """Return the class of bodies that are kept while somebody reads them."""

    class Heard(library.SyncByteStream, library.AsyncByteStream):  # type: ignore[misc]
        def __init__(self, stream: Any) -> None:
            self._stream = stream
            self.heard = HeardBody()

        def __iter__(self) -> Iterator[bytes]:
            with self.heard.noting_failure():
                for chunk in self._stream:
                    self.heard.chunks.append(chunk)
                    yield chunk

        async def __aiter__(self) -> AsyncIterator[bytes]:
            with self.heard.noting_failure():
                async for chunk in self._stream:
                    self.heard.chunks.append(chunk)
                    yield chunk

        def close(self) -> None:
            self._stream.close()

        async def aclose(self) -> None:
            await self._stream.aclose()

    return Heard


def _plugin(library: str) -> Plugin:
    return Plugin(
        name=library,
        package=library,
        requires=">=0.23",
        transports=(
            HttpTransport(
                library, "BaseTransport.handle_request", _read_request, _respond, _listen, subclasses=True, fail=_fail
            ),
            HttpTransport(
                library,
                "AsyncBaseTransport.handle_async_request",
                _read_request_async,
                _respond,
                _listen,
                is_async=True,
                subclasses=True,
                fail=_fail,
            ),
        ),
    )


HTTPX, HTTPX2 = _plugin("httpx"), _plugin("httpx2")
