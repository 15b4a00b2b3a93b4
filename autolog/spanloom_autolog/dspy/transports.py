"""The HTTP client that DSPy brings along, for recording and replaying what models answer."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from spanloom.instrument import Call, HttpRequest, HttpResponse, HttpTransport

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
    heard = _Heard(response)
    stream = response._chunks  # noqa: SLF001 - what it was made with

    def chunks() -> Iterator[bytes]:
        with heard.noting_failure():
            for chunk in stream:
                heard.chunks.append(chunk)
                yield chunk

    response._chunks = chunks()  # noqa: SLF001
    keep(heard.tell)
    return response


def _listen_async(_call: Call, response: Any, keep: Callable[[Callable[[], HttpResponse]], None]) -> Any:
    heard = _Heard(response)
    stream = response._chunks  # noqa: SLF001 - what it was made with

    async def chunks() -> AsyncIterator[bytes]:
        with heard.noting_failure():
            async for chunk in stream:
                heard.chunks.append(chunk)
                yield chunk

    response._chunks = chunks()  # noqa: SLF001
    keep(heard.tell)
    return response


class _Heard:
    """What came of a response, and what broke it off."""

    def __init__(self, response: Any) -> None:
        self._response = response
        self.chunks: list[bytes] = []
        self._failure: Exception | None = None

    @contextmanager
    def noting_failure(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self._failure = error
            raise

    def tell(self) -> HttpResponse:
        headers = {name.lower(): value for name, value in self._response.headers}
        return HttpResponse(self._response.status, headers, self.chunks, self._failure)


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
