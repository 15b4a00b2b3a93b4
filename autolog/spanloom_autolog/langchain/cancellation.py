"""Ending the spans of cancelled runs.

When a chat model, a tool or a retriever is cancelled, LangChain calls neither its end nor its error callback.
"""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Awaitable, Callable
from typing import Any

import wrapt

from spanloom.instrument.ledger import Ledger
from spanloom.tracing.guard import guard
from spanloom_autolog.langchain.hook import runs
from spanloom_autolog.langchain.runs import last_run

__all__ = ["watch"]


def watch(owner: type, name: str) -> Callable[[], None]:
    """End the run that a cancelled call of the coroutine method began. Returns the undo."""
    ledger = Ledger()
    watching = True

    async def watched(wrapped: Callable[..., Awaitable[Any]], _instance: Any, args: Any, kwargs: Any) -> Any:
        before = last_run.get()
        try:
            return await wrapped(*args, **kwargs)
        except CancelledError as error:
            with guard("langchain: cancelled run"):
                run = last_run.get()
                if run is not None and run is not before:
                    runs.end(run, error)
            raise

    wrapper = wrapt.FunctionWrapper(vars(owner)[name], watched, enabled=lambda: watching)
    ledger.replace(owner, name, wrapper)

    def undo() -> None:
        nonlocal watching
        watching = False
        ledger.restore()

    return undo
