"""Which span is current: a context variable, plus resolvers for frameworks that know better."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from spanloom.tracing.guard import guard
from spanloom.tracing.span import NOOP_SPAN, Span

__all__ = [
    "current",
    "current_span",
    "is_below",
    "model_span",
    "register_parent_resolver",
    "tracing_disabled",
    "use_span",
]

ParentResolver = Callable[[], Span | None]

current: ContextVar[Span | None] = ContextVar("spanloom_current_span", default=None)
"""The span made current last. Read it with `current_span`: a leaked value may have ended long ago."""

model_span: ContextVar[Span | None] = ContextVar("spanloom_model_span", default=None)
"""The model call that a framework's callbacks announced last; see `claim_model_span`."""

_resolvers: list[ParentResolver] = []


def register_parent_resolver(resolve: ParentResolver) -> Callable[[], None]:
    """Let a plugin name the current span where its framework tracks runs by itself. Returns the undo."""
    _resolvers.append(resolve)
    return lambda: _resolvers.remove(resolve)


def current_span() -> Span | None:
    """Return the innermost open span here, `NOOP_SPAN` where tracing is off, or `None` outside any span.

    A resolver's answer wins, unless the context variable holds a span below it (a user's span inside a tool). Ended
    spans are skipped up to the nearest open ancestor, so a context that leaked heals itself.
    """
    ambient = current.get()
    if ambient is NOOP_SPAN:
        return ambient
    while ambient is not None and ambient.end_time_ns is not None:
        ambient = ambient.parent
    for resolve in _resolvers:
        with guard("parent resolver"):
            resolved = resolve()
            if resolved is not None:
                return ambient if ambient is not None and is_below(ambient, resolved) else resolved
    return ambient


def is_below(span: Span, ancestor: Span) -> bool:
    """Whether `span` is `ancestor`, or stands somewhere below it."""
    above: Span | None = span
    while above is not None:
        if above is ancestor:
            return True
        above = above.parent
    return False


def claim_model_span(plugin: str) -> Span | None:
    """Return the open model span of another plugin that the model call starting here belongs to.

    A framework plugin opens one span per model call; the client plugin below it must not open a second one but add its
    facts to that one. It is claimed once: a further wire call inside the same model span gets a span of its own.
    """
    here = current_span()
    for span in (here, model_span.get()):
        if (
            span is not None
            and span.end_time_ns is None
            and span.owner not in (None, plugin)
            and span.span_type in _MODEL_TYPES
            and (span is here or span.parent is here)
            and not span.claimed
        ):
            span.claimed = True
            return span
    return None


_MODEL_TYPES = frozenset({"CHAT_MODEL", "LLM", "EMBEDDING"})


@contextmanager
def use_span(span: Span | None) -> Iterator[None]:
    """Make `span` current inside the block, restoring the previous value (no token: the block may end elsewhere)."""
    previous = current.get()
    current.set(span)
    try:
        yield
    finally:
        current.set(previous)


@contextmanager
def tracing_disabled() -> Iterator[None]:
    """Record nothing inside the block.

    Example:
        >>> with spanloom.tracing_disabled():
        ...     agent.predict({"input": "a secret"})
    """
    with use_span(NOOP_SPAN):
        yield
