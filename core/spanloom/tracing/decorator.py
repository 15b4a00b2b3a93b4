"""`spanloom.trace`: a span around every call of a function, whatever kind of function it is."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import Any, TypeVar, cast, overload

from spanloom.tracing.calls import run_async, run_sync
from spanloom.tracing.guard import guard
from spanloom.tracing.recorder import open_span
from spanloom.tracing.span import Span
from spanloom.tracing.streams import CollectChunks, TracedAsyncIterator, TracedIterator
from spanloom.tracing.tool_calls import answerable
from spanloom.tracing.vocabulary import SpanType

__all__ = ["is_traced", "trace"]

FunctionT = TypeVar("FunctionT")


@overload
def trace(func: FunctionT) -> FunctionT: ...
@overload
def trace(
    func: None = None,
    name: str | None = None,
    span_type: str = SpanType.UNKNOWN,
    attributes: Mapping[str, Any] | None = None,
    output_reducer: Callable[[list[Any]], Any] | None = None,
) -> Callable[[FunctionT], FunctionT]: ...
@overload
def trace(
    func: FunctionT,
    name: str | None = None,
    span_type: str = SpanType.UNKNOWN,
    attributes: Mapping[str, Any] | None = None,
    output_reducer: Callable[[list[Any]], Any] | None = None,
) -> FunctionT: ...
def trace(
    func: Any = None,
    name: str | None = None,
    span_type: str = SpanType.UNKNOWN,
    attributes: Mapping[str, Any] | None = None,
    output_reducer: Callable[[list[Any]], Any] | None = None,
) -> Any:
    """Record every call of a function as a span: arguments as inputs, result as outputs, exceptions as errors.

    Works for functions, coroutine functions, generator and async generator functions (the span lasts until the stream
    is exhausted, closed, cancelled, failed or dropped), methods, class and static methods (in either order of
    decorators), `functools.partial` and callable objects. Spans opened inside nest below. The function's own
    `span.set_outputs(...)` wins over its return value.

    Args:
        func: The callable; absent when used with arguments.
        name: Name of the span; the function's name by default.
        span_type: See `SpanType`.
        attributes: Attributes of every span.
        output_reducer: For generators: makes the outputs out of the list of chunks.

    Raises:
        TypeError: If `func` can't be called.

    Example:
        >>> @spanloom.trace(span_type=SpanType.TOOL)
        ... def get_weather(city: str) -> str:
        ...     return "sunny"
    """
    if func is None:
        return functools.partial(
            trace, name=name, span_type=span_type, attributes=attributes, output_reducer=output_reducer
        )
    if isinstance(func, classmethod | staticmethod):
        inner = trace(func.__func__, name, span_type, attributes, output_reducer)
        return type(func)(inner)
    if not callable(func):
        raise TypeError(f"spanloom.trace expects something to call, got {type(func).__qualname__}: {func!r}")
    return _decorate(func, _FunctionRecorder(func, name, span_type, attributes, output_reducer))


def is_traced(func: Any) -> bool:
    """Whether this is a function, or a method, that `trace` made."""
    return getattr(func, "__globals__", None) is globals()


def _decorate(func: Callable[..., Any], recorder: _FunctionRecorder) -> Callable[..., Any]:
    code_holder = _code_holder(func)
    is_stream = inspect.isgeneratorfunction(code_holder) or inspect.isasyncgenfunction(code_holder)
    if recorder.span_type == SpanType.TOOL and not is_stream:
        function = answerable(func, recorder.name, recorder.arguments)
    else:
        function = func
    if inspect.iscoroutinefunction(code_holder):

        @functools.wraps(func)
        async def traced_coroutine(*args: Any, **kwargs: Any) -> Any:
            return await run_async(recorder, recorder.begin(args, kwargs), function, args, kwargs)

        return traced_coroutine

    @functools.wraps(func)
    def traced(*args: Any, **kwargs: Any) -> Any:
        return run_sync(recorder, recorder.begin(args, kwargs), function, args, kwargs)

    if is_stream:
        return _dress_as(func, traced)
    return traced


def _code_holder(func: Any) -> Any:
    """Return the function whose code runs when `func` is called."""
    while isinstance(func, functools.partial):
        func = func.func
    if inspect.isroutine(func) or inspect.isclass(func):
        return func
    return type(func).__call__


def _dress_as(func: Callable[..., Any], traced: Callable[..., Any]) -> Callable[..., Any]:
    """Make `traced` look like the generator function `func` to `inspect`, on which frameworks decide how to iterate."""
    import wrapt

    class GeneratorFunction(wrapt.FunctionWrapper):  # type: ignore[misc, type-arg, unused-ignore]
        def __reduce_ex__(self, _protocol: Any) -> str:  # pickled by name, like any function
            return self.__qualname__

    def call(_wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        return traced(*args, **kwargs) if instance is None else traced(instance, *args, **kwargs)

    return cast("Callable[..., Any]", GeneratorFunction(func, call))


class _FunctionRecorder:
    """Arguments by name in, result out."""

    def __init__(
        self,
        func: Callable[..., Any],
        name: str | None,
        span_type: str,
        attributes: Mapping[str, Any] | None,
        output_reducer: Callable[[list[Any]], Any] | None,
    ) -> None:
        self.name = name or _name_of(func)
        self.span_type = span_type
        self._attributes = attributes
        self._reducer = output_reducer
        self._names, self._rest = _argument_names(func)

    def begin(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Span:
        span = open_span(self.name, self.span_type)
        if span.is_recording:
            span.set_inputs(self.arguments(args, kwargs))
            if self._attributes:
                span.set_attributes(self._attributes)
        return span

    def complete(self, span: Span, result: Any) -> Any:
        kind = type(result)
        if kind is GeneratorType:
            return TracedIterator(result, span, CollectChunks(self._reducer))
        if kind is AsyncGeneratorType:
            return TracedAsyncIterator(result, span, CollectChunks(self._reducer))
        if kind is CoroutineType:
            return run_async(self, span, lambda: result, (), {})
        if not span.has_outputs:
            span.set_outputs(result)
        span.end()
        return result

    def arguments(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        arguments = dict(zip(self._names, args, strict=False))
        arguments.update(kwargs)
        surplus = args[len(self._names) :]
        if surplus:
            arguments[self._rest] = surplus
        if self._names and self._names[0] in ("self", "cls"):
            arguments.pop(self._names[0], None)
        return arguments


def _name_of(func: Any) -> str:
    while isinstance(func, functools.partial):
        func = func.func
    return getattr(func, "__name__", None) or type(func).__name__


def _argument_names(func: Callable[..., Any]) -> tuple[tuple[str, ...], str]:
    """Return the names of the positional parameters, and that of `*args`."""
    names: tuple[str, ...] = ()
    rest = "args"
    with guard("signature"):
        try:
            parameters = inspect.signature(func).parameters.values()
        except ValueError:  # some builtins have none
            return names, rest
        positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        names = tuple(parameter.name for parameter in parameters if parameter.kind in positional)
        rest = next((p.name for p in parameters if p.kind is inspect.Parameter.VAR_POSITIONAL), rest)
    return names, rest
