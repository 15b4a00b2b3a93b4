"""Runs that stop before their end, and why."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from workflows.errors import WorkflowRuntimeError

from spanloom.agents.adapter import Run
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent

__all__ = ["until_stopped"]

_INCOMPLETE = frozenset({"context_length_exceeded", "content_filter"})
"""Codes of providers' errors that say: with this input there is no answer."""


async def until_stopped(
    events: AsyncGenerator[ResponsesAgentStreamEvent, None], run: Run
) -> AsyncIterator[ResponsesAgentStreamEvent]:
    """Yield the events of a run; an error that says why it is incomplete just ends them, all others pass."""
    try:
        async with aclosing(events):
            async for event in events:
                yield event
    except Exception as error:
        run.incomplete_reason = _reason(error)
        if run.incomplete_reason is None:
            raise


def _reason(error: Exception) -> str | None:
    if isinstance(error, WorkflowRuntimeError) and str(error).startswith("Max iterations of"):
        return "max_turns"
    code = getattr(error, "code", None)
    return code if code in _INCOMPLETE else None
