"""Running one call under a span; `trace` and every autolog patch come through here."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from spanloom.tracing.context import current
from spanloom.tracing.span import Span

__all__ = ["CallRecorder", "run_async", "run_sync"]


class CallRecorder(Protocol):
    """Tells what a span should say about one call. Its failures must not leave it."""

    def complete(self, span: Span, result: Any) -> Any:
        """Record the result and end the span, or hand it to the stream that the result is.

        Returns:
            What the caller gets: the result, or the proxy around it.
        """


def run_sync(recorder: CallRecorder, span: Span, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """Call `function` with `span` current, and record what came of it."""
    previous = current.get()
    current.set(span)
    try:
        result = function(*args, **kwargs)
    except BaseException as error:
        span.record_exception(error)
        span.end()
        raise
    finally:
        current.set(previous)
    return recorder.complete(span, result)


async def run_async(
    recorder: CallRecorder, span: Span, function: Callable[..., Awaitable[Any]], args: Any, kwargs: Any
) -> Any:
    """Call and await `function` with `span` current, and record what came of it."""
    previous = current.get()
    current.set(span)
    try:
        result = await function(*args, **kwargs)
    except BaseException as error:
        span.record_exception(error)
        span.end()
        raise
    finally:
        current.set(previous)
    return recorder.complete(span, result)
