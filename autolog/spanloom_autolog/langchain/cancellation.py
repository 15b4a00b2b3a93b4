"""Ending the spans of cancelled runs.

When a chat model, a tool or a retriever is cancelled, LangChain calls neither its end nor its error callback.
"""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Awaitable, Callable
from typing import Any

from spanloom.instrument import Call
from spanloom.tracing.guard import guard
from spanloom_autolog.langchain.hook import runs
from spanloom_autolog.langchain.runs import last_run

__all__ = ["end_when_cancelled"]


async def end_when_cancelled(function: Callable[..., Awaitable[Any]], call: Call) -> Any:
    """Make the call; end the run that it began if it is cancelled."""
    before = last_run.get()
    try:
        return await function(*call.args, **call.kwargs)
    except CancelledError as error:
        with guard("langchain: cancelled run"):
            run = last_run.get()
            if run is not None and run is not before:
                runs.end(run, error)
        raise
