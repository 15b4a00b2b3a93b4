"""Following work into DSPy's own threads, which start in an empty context."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any

from spanloom.tracing.context import current, current_span, register_parent_resolver, use_span
from spanloom.tracing.labels import ambient_labels
from spanloom.tracing.span import Span
from spanloom_autolog.dspy.hooks import wrap

__all__ = ["follow_batches", "follow_executor"]


def follow_executor() -> Callable[[], None]:
    """Let `dspy.Parallel`, `Module.batch` and `dspy.Evaluate` work under the span that they were called under.

    DSPy tells its threads the enclosing call of its own, but nothing of a user's span around or inside of that.
    """
    from dspy.utils.parallelizer import ParallelExecutor  # type: ignore[import-untyped]

    def execute(wrapped: Callable[..., Any], _instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        span, labels = current_span(), ambient_labels.get()
        if not args or (span is None and labels is None):
            return wrapped(*args, **kwargs)
        function = args[0]

        @functools.wraps(function)
        def below(item: Any) -> Any:
            outer = ambient_labels.get()
            ambient_labels.set(labels)
            try:
                with use_span(span):
                    return function(item)
            finally:
                ambient_labels.set(outer)

        return wrapped(below, *args[1:], **kwargs)

    return wrap(ParallelExecutor, "execute", execute)


def follow_batches() -> Callable[[], None]:
    """Let the one thread that answers queries in batches work under the span of the first that waits for it."""
    from dspy.utils.unbatchify import Unbatchify  # type: ignore[import-untyped]

    waiting: dict[int | None, list[Span]] = {}

    def call(wrapped: Callable[..., Any], instance: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        span = current_span()
        if span is None:
            return wrapped(*args, **kwargs)
        spans = waiting.setdefault(instance.worker_thread.ident, [])
        spans.append(span)
        try:
            return wrapped(*args, **kwargs)
        finally:
            spans.remove(span)

    def first_waiting() -> Span | None:
        spans = waiting.get(threading.get_ident()) if waiting and current.get() is None else None
        return spans[0] if spans else None

    undo_call = wrap(Unbatchify, "__call__", call)
    undo_resolver = register_parent_resolver(first_waiting)

    def undo() -> None:
        undo_call()
        undo_resolver()

    return undo
