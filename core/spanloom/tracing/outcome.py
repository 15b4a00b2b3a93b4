"""What an exception that leaves a span means: an error, a cancellation, or a framework's control flow."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

from spanloom.tracing.snapshot import cut_text, storable_text
from spanloom.tracing.vocabulary import SpanStatus

__all__ = ["describe_exception", "register_control_flow", "status_of"]

# Matched by name: asyncio, anyio and trio each have their own, and none of them is imported for this.
_CANCELLATIONS = frozenset({"CancelledError", "Cancelled", "KeyboardInterrupt", "GeneratorExit"})
_MAX_STACKTRACE = 16_384

_control_flow: list[str] = []


def register_control_flow(qualified_name: str) -> Callable[[], None]:
    """Declare that exceptions of this class (`"module.QualName"`, subclasses too) are no errors.

    Frameworks use exceptions to interrupt a run or to jump; spans they pass through end as OK. Returns the undo.
    """
    _control_flow.append(qualified_name)
    return lambda: _control_flow.remove(qualified_name)


def status_of(error: BaseException) -> str:
    """Return the status of a span that `error` left."""
    for kind in type(error).__mro__:
        if kind.__name__ in _CANCELLATIONS:
            return SpanStatus.CANCELLED
        if f"{kind.__module__}.{kind.__qualname__}" in _control_flow:
            return SpanStatus.OK
    return SpanStatus.ERROR


def describe_exception(error: BaseException) -> dict[str, Any]:
    """Return the attributes of OpenTelemetry's `exception` event."""
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    stack = "".join(traceback.format_exception(error))
    return {
        "exception.type": name,
        "exception.message": exception_message(error),
        "exception.stacktrace": cut_text(stack, _MAX_STACKTRACE),
    }


def exception_message(error: BaseException) -> str:
    """Return `str(error)`, also for an exception whose own `__str__` is broken."""
    try:
        return storable_text(str(error))
    except Exception:
        return "<no message: the exception's own __str__ failed>"
