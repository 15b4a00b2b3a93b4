"""Which calls get a span: the caller's own, not the steps that LiteLLM itself makes on their way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from spanloom.instrument import Call, CallHandler

if TYPE_CHECKING:
    from spanloom.instrument.plugin import Around

__all__ = ["observed", "observed_async"]

_PLUGIN = "litellm"
_SECOND_HALVES = ("acompletion", "aembedding", "aresponses", "atext_completion")
"""Set where an asynchronous function calls its synchronous twin, mostly in an executor."""


def observed(handler: CallHandler) -> Around:
    """Return what observes a synchronous function."""

    def around(function: Callable[..., Any], call: Call) -> Any:
        if _is_step(call):
            return function(*call.args, **call.kwargs)
        from spanloom.instrument.observation import observe

        return observe(handler, _PLUGIN, _in_session(function, call), call)

    return around


def observed_async(handler: CallHandler) -> Around:
    """Return what observes a coroutine function."""

    def around(function: Callable[..., Any], call: Call) -> Awaitable[Any]:
        if _is_step(call):
            stepped: Awaitable[Any] = function(*call.args, **call.kwargs)
            return stepped
        from spanloom.instrument.observation import observe_async

        return observe_async(handler, _PLUGIN, _in_session(function, call), call)

    return around


def _is_step(call: Call) -> bool:
    """Whether the call is part of one that is observed.

    Retries, fallbacks and the bridges between chat and responses hand the first call's logging object on. A proxy hands
    one in from outside, hence the look at the span. A call without one is somebody's own: of a callback, or of a custom
    provider.
    """
    if any(call.kwargs.get(flag) is True for flag in _SECOND_HALVES):
        return True
    if call.kwargs.get("litellm_logging_obj") is None:
        return False
    from spanloom.tracing.context import current_span

    span = current_span()
    return span is not None and span.owner == _PLUGIN


def _in_session(function: Callable[..., Any], call: Call) -> Callable[..., Any]:
    """Let the trace belong to LiteLLM's session, if the call names one and the trace has none."""
    session_id = call.kwargs.get("litellm_session_id")
    if not isinstance(session_id, str):
        return function

    def in_session(*args: Any, **kwargs: Any) -> Any:
        from spanloom.tracing.context import current

        span = current.get()
        if span is not None and span.is_recording and span.active_trace.session_id is None:
            span.active_trace.session_id = session_id
        return function(*args, **kwargs)

    return in_session
