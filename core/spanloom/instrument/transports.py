"""The HTTP client that a framework brings along: where `spanloom.record` listens and `spanloom.replay` answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from spanloom.instrument.calls import Call

__all__ = ["HeardBody", "HttpRequest", "HttpResponse", "HttpTransport"]


class HttpRequest(NamedTuple):
    """What an exchange asks.

    Attributes:
        method: `POST`.
        url: With or without scheme and host.
        content_type: The header of that name, empty without one.
        body: The whole of it.
        accept: The header of that name, empty without one.
    """

    method: str
    url: str
    content_type: str
    body: bytes
    accept: str = ""


class HttpResponse(NamedTuple):
    """What an exchange was answered with.

    Attributes:
        status: 200.
        headers: Their names are in lower case.
        chunks: The body, decompressed; of a stream that was left early, as far as it was read.
        failure: What the program met in the place of the body's end, if the connection broke.
    """

    status: int
    headers: Mapping[str, str]
    chunks: Sequence[bytes]
    failure: Exception | None = None


class HeardBody:
    """What came of a response's body while the program read it.

    Attributes:
        chunks: Its pieces so far.
        failure: What broke it off.
    """

    def __init__(self) -> None:
        self.chunks: list[bytes] = []
        self.failure: Exception | None = None

    @contextmanager
    def noting_failure(self) -> Iterator[None]:
        """Note what the block, which reads the body, raises."""
        try:
            yield
        except Exception as error:
            self.failure = error
            raise


class HttpTransport(NamedTuple):
    """The function by which an HTTP client makes an exchange.

    Those of httpx, and of requests, are known; a plugin names the one that its framework has instead.

    Attributes:
        module: The module whose import makes the target available.
        target: Dotted path inside the module, e.g. `"Transport.send"`.
        request: Reads the call; `None` for an exchange that reaches no network. May be asynchronous if `is_async`.
        respond: Makes what the function returns, out of a recorded response.
        listen: Gets what the function returned, and returns what the caller gets instead. It calls the function that
            is its third argument at once, with one that tells what was heard so far: programs leave streams half-read.
        is_async: Whether the function is a coroutine function.
        subclasses: Whether every subclass that overrides the method counts, too.
        fail: Makes an error of the client anew, from the name of its class and its message; `None` if failures of the
            connection are not to be recorded.
    """

    module: str
    target: str
    request: Callable[[Call], HttpRequest | Awaitable[HttpRequest | None] | None]
    respond: Callable[[Call, HttpResponse], Any]
    listen: Callable[[Call, Any, Callable[[Callable[[], HttpResponse]], None]], Any]
    is_async: bool = False
    subclasses: bool = False
    fail: Callable[[Call, str, str], Exception] | None = None
