"""Running a step of an agent under its span."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Final

from spanloom.tracing.context import current
from spanloom.tracing.guard import guard
from spanloom.tracing.span import Span

__all__ = ["OWNER", "own_error", "run_under"]

OWNER: Final = "pydantic_ai"


async def run_under(span: Span, call: Callable[[], Awaitable[Any]], record: Callable[[Any], None]) -> Any:
    """Await `call()` with `span` current, record the result and end the span; an exception is recorded instead."""
    previous = current.get()
    current.set(span)
    try:
        result = await call()
    except BaseException as error:
        span.record_exception(own_error(error))
        span.end()
        raise
    finally:
        current.set(previous)
    if span.is_recording:
        with guard("pydantic_ai: result"):
            record(result)
    span.end()
    return result


def own_error(error: BaseException) -> BaseException:
    """Return what was raised in the tool, where Pydantic AI has wrapped it to tell the model."""
    if type(error).__name__ in ("ToolRetryError", "ToolFailedError") and error.__cause__ is not None:
        return error.__cause__
    return error
