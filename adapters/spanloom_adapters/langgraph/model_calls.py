"""The model calls of a graph that run at the moment, to stop them."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler

__all__ = ["ModelCalls"]


class ModelCalls(BaseCallbackHandler):
    """A callback handler that knows the tasks in which models are called.

    A graph that is closed cancels its nodes once. Before Python 3.12, a cancellation that meets a result in
    `asyncio.wait_for` is lost, and the node would go on to its end.
    """

    run_inline = True

    def __init__(self) -> None:
        self._tasks: dict[UUID, asyncio.Task[Any]] = {}

    def on_chat_model_start(self, *_args: Any, run_id: UUID, **_kwargs: Any) -> None:
        """Remember the task."""
        try:
            task = asyncio.current_task()
        except RuntimeError:  # a synchronous call in a thread
            return
        if task is not None:
            self._tasks[run_id] = task

    def on_llm_end(self, *_args: Any, run_id: UUID, **_kwargs: Any) -> None:
        """Forget the task."""
        self._tasks.pop(run_id, None)

    def on_llm_error(self, *_args: Any, run_id: UUID, **_kwargs: Any) -> None:
        """Forget the task."""
        self._tasks.pop(run_id, None)

    def cancel(self) -> None:
        """Cancel the calls that still run."""
        for task in self._tasks.values():
            task.cancel()
