"""The model calls of a run, hidden ones included: the tokens of all, and the tasks of those that run at the moment."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages import AIMessage
from langchain_core.outputs import ChatGeneration, LLMResult

from spanloom.agents.adapter import Run
from spanloom_adapters.langchain.usage import token_usage

__all__ = ["ModelCalls"]


class ModelCalls(BaseCallbackHandler):
    """A callback handler that adds up the tokens of the calls, and can stop them.

    There is one for both: LangChain calls each of a run's handlers for each token.

    A graph that is closed cancels its nodes once. Before Python 3.12, a cancellation that meets a result in
    `asyncio.wait_for` is lost, and the node would go on to its end.
    """

    run_inline = True

    def __init__(self, run: Run) -> None:
        self._run = run
        self._tasks: dict[UUID, asyncio.Task[Any]] = {}

    def on_chat_model_start(self, *_args: Any, run_id: UUID, **_kwargs: Any) -> None:
        """Remember the task."""
        try:
            task = asyncio.current_task()
        except RuntimeError:  # a synchronous call in a thread
            return
        if task is not None:
            self._tasks[run_id] = task

    def on_llm_end(self, response: LLMResult, *, run_id: UUID, **_kwargs: Any) -> None:
        """Take the tokens of the call, and forget the task."""
        self._tasks.pop(run_id, None)
        for generations in response.generations:
            # Where a model was asked for several choices, each has the tokens of the whole call.
            message = next((choice.message for choice in generations if isinstance(choice, ChatGeneration)), None)
            usage = token_usage(message.usage_metadata) if isinstance(message, AIMessage) else None
            if usage is not None:
                self._run.add_usage(usage)

    def on_llm_error(self, *_args: Any, run_id: UUID, **_kwargs: Any) -> None:
        """Forget the task."""
        self._tasks.pop(run_id, None)

    def cancel(self) -> None:
        """Cancel the calls that still run."""
        for task in self._tasks.values():
            task.cancel()
