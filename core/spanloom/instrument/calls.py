"""Describing a patched call: a handler says what to read; the core opens, feeds and ends the span."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from spanloom.tracing.settings import settings
from spanloom.tracing.usage import TokenUsage

if TYPE_CHECKING:
    from spanloom.instrument.observation import Observation
    from spanloom.tracing.span import Span

__all__ = ["Call", "CallHandler", "CollectChunks", "StreamReader"]


class Call(NamedTuple):
    """One call of a patched function."""

    instance: Any
    """The object whose method was called; `None` for a plain function."""
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


class StreamReader(Protocol):
    """Puts the chunks of a stream together to what the call would have returned without streaming."""

    def add(self, chunk: Any) -> None:
        """Take the next chunk."""

    def result(self) -> Any:
        """Return what was gathered so far, in the form that the handler's other readers take."""


class CollectChunks:
    """The stream reader that keeps the chunks as they are, up to `max_stream_chunks`."""

    def __init__(self) -> None:
        self._chunks: list[Any] = []

    def add(self, chunk: Any) -> None:
        """Keep the chunk."""
        if len(self._chunks) < settings.max_stream_chunks:
            self._chunks.append(chunk)

    def result(self) -> Any:
        """Return the chunks."""
        return self._chunks


class CallHandler(NamedTuple):
    """How to read a call for its span. Every reader has a guard of its own: one that fails loses its part only.

    Attributes:
        span_type: See `SpanType`.
        name: Name of the span.
        inputs: What the call was given.
        attributes: Facts known before the call.
        result: What to read of the returned object: the object itself by default; e.g. the parsed form of a raw
            response, or `None` for nothing.
        outputs: What the call gave back, from what `result` or a stream reader returned; all of it by default.
        usage: Tokens, from the same.
        result_attributes: Facts, from the same.
        failure: The error message of a call that reports failure in its result instead of raising.
        stream_reader: Makes a new reader for a streaming call; by default the chunks are kept as a list.
        attach: Where the returned object is a stream, hooks `observation.iterator(...)` (or `async_iterator`) into it
            and returns what the caller gets; returns `None` where it is no stream. Generators need no `attach`.
        extra_arguments: Keyword arguments to add to the call, or to replace, e.g. trace context for the other side.
            Asked only where something is recorded.
        client: Whether this is the wire call below possible framework spans: inside an open model span of another
            plugin its facts join that span instead of opening one.
    """

    span_type: str
    name: Callable[[Call], str]
    inputs: Callable[[Call], Any]
    attributes: Callable[[Call], Mapping[str, Any]] | None = None
    result: Callable[[Call, Any], Any] | None = None
    outputs: Callable[[Any], Any] | None = None
    usage: Callable[[Any], TokenUsage | None] | None = None
    result_attributes: Callable[[Any], Mapping[str, Any]] | None = None
    failure: Callable[[Any], str | None] | None = None
    stream_reader: Callable[[], StreamReader] = CollectChunks
    attach: Callable[[Call, Any, Observation], Any | None] | None = None
    extra_arguments: Callable[[Call, Span], Mapping[str, Any]] | None = None
    client: bool = False
