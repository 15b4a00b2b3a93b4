"""One observed call: the handler's readers, the span they fill, and the end of both."""

from __future__ import annotations

from collections.abc import Callable
from types import AsyncGeneratorType, GeneratorType
from typing import Any

from spanloom.instrument.calls import Call, CallHandler, StreamReader
from spanloom.tracing import calls
from spanloom.tracing.guard import guard
from spanloom.tracing.recorder import open_span, open_wire_span
from spanloom.tracing.span import Span
from spanloom.tracing.streams import TracedAsyncIterator, TracedIterator
from spanloom.tracing.vocabulary import SpanStatus

__all__ = ["Observation", "observe", "observe_async"]


def observe(handler: CallHandler, plugin: str, function: Callable[..., Any], call: Call) -> Any:
    """Call a function (or one that returns a generator) under a span."""
    observation = Observation(handler, plugin, call)
    return calls.run_sync(observation, observation.span, function, call.args, observation.keyword_arguments())


async def observe_async(handler: CallHandler, plugin: str, function: Callable[..., Any], call: Call) -> Any:
    """Call a coroutine function under a span."""
    observation = Observation(handler, plugin, call)
    return await calls.run_async(observation, observation.span, function, call.args, observation.keyword_arguments())


class Observation:
    """One observed call: the handler's readers, the span they fill, and the end of both."""

    __slots__ = ("_call", "_handler", "_plugin", "_reader", "span")

    def __init__(self, handler: CallHandler, plugin: str, call: Call) -> None:
        self._handler = handler
        self._plugin = plugin
        self._call = call
        self._reader: StreamReader | None = None
        name = handler.span_type
        with guard(f"{plugin}: span name"):
            name = handler.name(call)
        opening = open_wire_span if handler.client else open_span
        self.span = opening(name, handler.span_type, owner=plugin)
        if self.span.keeps_content:
            with guard(f"{plugin}: inputs"):
                self.span.set_inputs(handler.inputs(call))
        if handler.attributes is not None and self.span.is_recording:
            with guard(f"{plugin}: attributes"):
                self.span.set_attributes(handler.attributes(call))

    def keyword_arguments(self) -> dict[str, Any]:
        """Return the call's keyword arguments, with what the handler adds."""
        kwargs = self._call.kwargs
        if self._handler.extra_arguments is not None and self.span.is_recording:
            with guard(f"{self._plugin}: extra arguments"):
                return {**kwargs, **self._handler.extra_arguments(self._call, self.span)}
        return kwargs

    def iterator(self, stream: Any) -> TracedIterator:
        """Return the proxy that observes a synchronous iterator and ends the span with it."""
        return TracedIterator(stream, self.span, self)

    def async_iterator(self, stream: Any) -> TracedAsyncIterator:
        """Return the proxy that observes an asynchronous iterator and ends the span with it."""
        return TracedAsyncIterator(stream, self.span, self)

    def complete(self, span: Span, result: Any) -> Any:
        """Record what the call returned and end the span, unless it is a stream: that ends the span itself."""
        stream = self._as_stream(result)
        if stream is not None:
            return stream
        if span.is_recording:
            with guard(f"{self._plugin}: result"):
                read = self._handler.result(self._call, result) if self._handler.result is not None else result
                self.record(read)
        span.end()
        return result

    def _as_stream(self, result: Any) -> Any | None:
        kind = type(result)
        if kind is GeneratorType:
            return self.iterator(result)
        if kind is AsyncGeneratorType:
            return self.async_iterator(result)
        if self._handler.attach is not None:
            with guard(f"{self._plugin}: stream"):
                return self._handler.attach(self._call, result, self)
        return None

    def record(self, result: Any) -> None:
        """Put what the readers find in `result` on the span."""
        handler, span, plugin = self._handler, self.span, self._plugin
        if result is None:
            return
        if span.keeps_content:
            with guard(f"{plugin}: outputs"):
                span.set_outputs(handler.outputs(result) if handler.outputs is not None else result)
        if handler.usage is not None:
            with guard(f"{plugin}: usage"):
                usage = handler.usage(result)
                if usage is not None:
                    span.set_token_usage(usage)
        if handler.result_attributes is not None:
            with guard(f"{plugin}: result attributes"):
                span.set_attributes(handler.result_attributes(result))
        if handler.failure is not None:
            with guard(f"{plugin}: failure"):
                message = handler.failure(result)
                if message is not None:
                    span.set_status(SpanStatus.ERROR, message)

    def add(self, chunk: Any) -> None:
        """Take a chunk of the stream that the call returned."""
        if self._reader is None:
            self._reader = self._handler.stream_reader()
        self._reader.add(chunk)

    def finish(self, span: Span) -> None:  # noqa: ARG002 - the span is ours
        """Record what the stream gave so far."""
        if self._reader is not None:
            self.record(self._reader.result())
