"""Which prompts a trace used: on the span that loaded one, and as a tag of its trace."""

from __future__ import annotations

import threading

import orjson

from spanloom.prompts.prompt import PromptVersion
from spanloom.tracing.api import get_current_active_span
from spanloom.tracing.attributes import LINKED_PROMPTS
from spanloom.tracing.guard import guard
from spanloom.tracing.labels import Labels

__all__ = ["link", "linked_traces_filter"]

_lock = threading.Lock()


def link(prompt: PromptVersion) -> None:
    """Say on the span that is active here, if one is, that it uses this version; the trace gets a tag."""
    with guard("prompt link"):
        span = get_current_active_span()
        if span is None:
            return
        used = {"name": prompt.name, "version": str(prompt.version)}
        with _lock:  # several threads of one trace may load prompts at once
            on_span = span.attributes.get(LINKED_PROMPTS, [])
            if used not in on_span:
                span.set_attribute(LINKED_PROMPTS, [*on_span, used])
            on_trace = orjson.loads(span.active_trace.tags.get(LINKED_PROMPTS, "[]"))
            if used not in on_trace:
                Labels(tags={LINKED_PROMPTS: orjson.dumps([*on_trace, used]).decode()}).apply(span.active_trace)


def linked_traces_filter(name: str, version: int | None = None) -> str:
    """Return the filter of `search_traces` that finds the traces which used a prompt.

    Args:
        name: The prompt.
        version: One version of it; any by default.

    Example:
        >>> spanloom.search_traces(linked_traces_filter("greet", 2))
    """
    return f"prompt = '{name}'" if version is None else f"prompt = '{name}/{version}'"
