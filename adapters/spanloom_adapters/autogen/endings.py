"""How a run ended, and what it cost."""

from __future__ import annotations

from typing import Any

from autogen_agentchat.base import TaskResult
from autogen_agentchat.messages import (
    BaseChatMessage,
    HandoffMessage,
    ToolCallRequestEvent,
    ToolCallSummaryMessage,
    UserInputRequestedEvent,
)

from spanloom.agents.adapter import Run
from spanloom.tracing.usage import TokenUsage
from spanloom_adapters.autogen.interrupts import Question
from spanloom_adapters.autogen.members import participant_names

__all__ = ["Ending", "error_reason"]

_OVERFLOW = "context_length_exceeded"
_OVERFLOW_WORDS = (_OVERFLOW, "maximum context length")
_ERRORS = {"LengthFinishReasonError": "max_output_tokens", "ContentFilterFinishReasonError": "content_filter"}
"""What the openai package raises for structured output that was cut off."""


class Ending:
    """Watches a run for what tells how it ends.

    Args:
        agent: Whose run it is.
        run: What is written to.
        waiting: Names of the users who answer in the next request.

    Attributes:
        question: What the run ends with, if it waits for an answer.
    """

    def __init__(self, agent: Any, run: Run, waiting: frozenset[str] = frozenset()) -> None:
        self.question: Question | None = None
        self._agent = agent
        self._run = run
        self._waiting = waiting
        self._participants = participant_names(agent)
        self._last: BaseChatMessage | None = None
        self._handoff: HandoffMessage | None = None
        self._rounds = 0

    def watch(self, message: Any) -> None:
        """Take the next event or message of the run, also of those inside of tools, or its result."""
        if isinstance(message, TaskResult):
            self._finish(message)
            return
        usage = message.models_usage
        if usage is not None and (usage.prompt_tokens or usage.completion_tokens):
            self._run.add_usage(TokenUsage(usage.prompt_tokens, usage.completion_tokens))
        if isinstance(message, BaseChatMessage):
            self._last = message
            if isinstance(message, HandoffMessage):
                self._handoff = message
        elif isinstance(message, ToolCallRequestEvent) and message.source == getattr(self._agent, "name", None):
            self._rounds += 1
        elif isinstance(message, UserInputRequestedEvent) and message.source in self._waiting:
            self.question = self._asked(message)

    def _asked(self, event: UserInputRequestedEvent) -> Question:
        handoff = self._handoff
        if handoff is not None and handoff.target == event.source:
            return Question(event.request_id, event.source, handoff.source, handoff.content)
        return Question(event.request_id, event.source, None, "" if self._last is None else self._last.to_model_text())

    def _finish(self, result: TaskResult) -> None:
        if result.stop_reason is not None:
            self._run.custom_outputs["stop_reason"] = result.stop_reason
        if self._ran_out_of_turns(result.stop_reason or ""):
            self._run.incomplete_reason = "max_turns"
        last = self._last
        if isinstance(last, HandoffMessage) and last.target not in self._participants:
            self.question = Question(last.id, last.target, last.source, last.content)

    def _ran_out_of_turns(self, stop_reason: str) -> bool:
        if not self._participants:
            # With `max_tool_iterations=1` the results of the calls are the answer that was asked for.
            return isinstance(self._last, ToolCallSummaryMessage) and self._rounds > 1
        if stop_reason.startswith("Maximum number of turns"):
            # A team that has no other end than its number of turns has come to its end.
            return getattr(self._agent, "_termination_condition", None) is not None or hasattr(self._agent, "_graph")
        return stop_reason == "Max rounds reached."  # `MagenticOneGroupChat` says it so


def error_reason(error: Exception) -> str | None:
    """Return why the model did not answer, in OpenAI's word, if that is a limit of the model; else `None`."""
    reason = _ERRORS.get(type(error).__name__)
    if reason is not None or getattr(error, "code", None) == _OVERFLOW:
        return reason or _OVERFLOW
    # A team tells of its participants' errors only in a text.
    overflows = type(error) is RuntimeError and any(words in str(error) for words in _OVERFLOW_WORDS)
    return _OVERFLOW if overflows else None
