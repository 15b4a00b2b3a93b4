"""Joining DSPy, and leaving it exactly as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import wrapt

from spanloom.instrument.ledger import Ledger
from spanloom.tracing.context import register_parent_resolver
from spanloom.tracing.guard import guard
from spanloom_autolog.dspy.calls import OpenCalls

__all__ = ["calls", "join_callbacks", "read_chunks", "read_results", "wrap"]

calls = OpenCalls()
"""The open calls of this process."""

Around = Callable[[Callable[..., Any], Any, tuple[Any, ...], dict[str, Any]], Any]


def wrap(owner: Any, name: str, around: Around) -> Callable[[], None]:
    """Have `around` called in place of a function of a class or module. Returns the undo."""
    ledger = Ledger()
    wrapping = True
    ledger.replace(owner, name, wrapt.FunctionWrapper(vars(owner)[name], around, enabled=lambda: wrapping))

    def undo() -> None:
        nonlocal wrapping
        wrapping = False
        ledger.restore()

    return undo


def join_callbacks(*, trace_compile: bool, trace_evaluate: bool) -> Callable[[], None]:
    """Have our callback called with those of the user.

    Wherever DSPy calls back it asks its settings for the list with `get`, so the answer to that is where ours joins. In
    the list itself it would be lost with the next `dspy.configure(callbacks=…)`, `dspy.context` or `dspy.streamify`;
    and `configure` is not ours to call, it binds DSPy's settings to the thread that calls it first.
    """
    from dspy.dsp.utils.settings import Settings, main_thread_config  # type: ignore[import-untyped]

    from spanloom_autolog.dspy.callback import TraceCallback

    callback = TraceCallback(calls, trace_compile=trace_compile, trace_evaluate=trace_evaluate)

    def get(wrapped: Callable[..., Any], _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        found = wrapped(*args, **kwargs)
        if args and args[0] == "callbacks" and isinstance(found, list) and callback not in found:
            return [*found, callback]
        return found

    undo_get = wrap(Settings, "get", get)
    undo_resolver = register_parent_resolver(calls.current)

    def undo() -> None:
        callback.active = False
        undo_get()
        undo_resolver()
        calls.abandon_all()
        # It is in there if the user configured what `settings.get("callbacks")` had answered.
        configured = main_thread_config["callbacks"]
        if isinstance(configured, list) and callback in configured:
            configured.remove(callback)

    return undo


def read_results() -> Callable[[], None]:
    """Read what a model call came to; callbacks get the text only."""
    from dspy.clients import execution  # type: ignore[import-untyped]

    from spanloom_autolog.dspy.results import record_result

    def finalize(wrapped: Callable[..., Any], _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        with guard("dspy: model result"):
            call = calls.active()
            if call is not None and call.kind == "lm" and call.span.is_recording:
                record_result(call, args[2])
        return wrapped(*args, **kwargs)

    return wrap(execution, "finalize", finalize)


def read_chunks() -> Callable[[], None]:
    """Read the chunks of a streaming model call, in case that it does not reach its end."""
    from dspy.clients.engines.streaming import ListenerBridge  # type: ignore[import-untyped]

    from spanloom_autolog.dspy.results import record_chunk

    def chunk(wrapped: Callable[..., Any], _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        made = wrapped(*args, **kwargs)
        if made is not None:
            with guard("dspy: model chunk"):
                call = calls.active()
                if call is not None and call.kind == "lm" and call.span.is_recording:
                    record_chunk(call, made)
        return made

    return wrap(ListenerBridge, "chunk", chunk)
