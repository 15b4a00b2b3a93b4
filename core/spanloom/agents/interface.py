"""What tells the kinds of standard agents apart: the shape of request, response and stream events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Protocol

from spanloom.tracing.span import Span

__all__ = ["Interface", "Reducer"]


class Reducer(Protocol):
    """Folds stream events into the response they describe."""

    def add(self, event: Any) -> None:
        """Take the next event."""

    def body(self) -> dict[str, Any]:
        """Return the response so far, as a dict."""


class Interface(NamedTuple):
    """The shape of one kind of standard agent.

    Attributes:
        request_of: Makes the request out of a call's positional and keyword arguments, or raises `SchemaError`.
        arguments: What the methods of a subclass take for a request.
        validate_response: Returns a response, or raises `SchemaError`.
        validate_event: Returns a stream event, or raises `SchemaError`.
        reducer: Makes a new reducer.
        events: Writes a whole response as the stream it would have been.
        describe: Puts on a trace what the request tells about it.
        record: Puts on a span what the response tells, beyond the outputs.
    """

    request_of: Callable[[tuple[Any, ...], dict[str, Any]], Any]
    arguments: Callable[[Any], tuple[Any, ...]]
    validate_response: Callable[[Any], Any]
    validate_event: Callable[[Any], Any]
    reducer: Callable[[], Reducer]
    events: Callable[[Any], list[Any]]
    describe: Callable[[Span, Any], None]
    record: Callable[[Span, dict[str, Any]], None]
