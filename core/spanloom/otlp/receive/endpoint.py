"""`POST /v1/traces`: the endpoint of an OTLP/HTTP receiver, for any ASGI application."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Final

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from spanloom.otlp.receive.answers import JSON, PROTOBUF, Answer, Code, failure
from spanloom.otlp.receive.writer import MAX_BODY, Body, Writer

__all__ = ["Endpoint"]

_MAX_REQUESTS: Final = 64
_MAX_WAITING: Final = 4 * MAX_BODY
"""Bytes of bodies that are held at once."""


class _RefusedError(Exception):
    def __init__(self, status: int, code: Code, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.code = status, code
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}


class Endpoint:
    """Takes trace requests; each is answered when its spans are in the store of this process.

    A bounded number of requests, and of bytes, is held at once; who comes then is told to come again (503).

    Example:
        >>> endpoint = Endpoint()
        >>> app = Starlette(routes=[endpoint.route], lifespan=endpoint.lifespan)
    """

    def __init__(self) -> None:
        self._writer = Writer()
        self._requests = self._bytes = 0

    @property
    def route(self) -> Route:
        """Where it is found."""
        return Route("/v1/traces", self, methods=["POST"])

    @asynccontextmanager
    async def lifespan(self, _app: Any) -> AsyncIterator[None]:
        """At the end of the application, store what has come."""
        yield
        await asyncio.to_thread(self._writer.close)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        headers = Headers(scope=scope)
        media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
        try:
            answer = await self._answer(headers, media_type, receive)
        except _RefusedError as error:
            answer = failure(media_type, error.status, error.code, str(error), error.headers)
        except ConnectionError:
            return  # the client left; nobody waits for an answer
        await Response(answer.body, answer.status, answer.headers)(scope, receive, send)

    async def _answer(self, headers: Headers, media_type: str, receive: Receive) -> Answer:
        if media_type not in (JSON, PROTOBUF):
            raise _RefusedError(
                415, Code.INVALID_ARGUMENT, f"content-type {media_type!r:.60}: {PROTOBUF} or {JSON} was expected"
            )
        encoding = headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip", "deflate"):
            raise _RefusedError(
                415,
                Code.INVALID_ARGUMENT,
                f"content-encoding {encoding!r:.60}: gzip, deflate or none was expected",
                accept_encoding="gzip, deflate",
            )
        size = headers.get("content-length", "")
        if size.isdecimal() and int(size) > MAX_BODY:
            raise _too_large()
        with self._admitted() as data:
            await self._read(receive, data)
            body = Body(bytes(data), media_type, encoding != "identity")
            return await asyncio.wrap_future(self._writer.submit(body))

    @contextmanager
    def _admitted(self) -> Iterator[bytearray]:
        """Count a request, and what is put into the buffer that it gets, as long as the block lasts."""
        if self._requests >= _MAX_REQUESTS:
            raise _busy()
        data = bytearray()
        self._requests += 1
        try:
            yield data
        finally:
            self._requests -= 1
            self._bytes -= len(data)

    async def _read(self, receive: Receive, data: bytearray) -> None:
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ConnectionError
            chunk = message.get("body", b"")
            more = message.get("more_body", False)
            if len(data) + len(chunk) > MAX_BODY:
                raise _too_large()
            if self._bytes + len(chunk) > _MAX_WAITING:
                raise _busy()
            data += chunk
            self._bytes += len(chunk)


def _too_large() -> _RefusedError:
    return _RefusedError(
        413, Code.RESOURCE_EXHAUSTED, f"the body is larger than {MAX_BODY} bytes, the limit: send fewer spans at once"
    )


def _busy() -> _RefusedError:
    return _RefusedError(503, Code.UNAVAILABLE, "too much is waiting to be stored; send it again", retry_after="1")
