"""Messages of models and tools as response items, each once."""

from __future__ import annotations

from collections.abc import Iterable

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

from spanloom.agents.adapter import Run
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.langchain.content import tool_output
from spanloom_adapters.langchain.model_turn import ModelTurn
from spanloom_adapters.langchain.sources import Sources, are_documents
from spanloom_adapters.langchain.usage import token_usage

__all__ = ["MessageItems"]

Events = list[ResponsesAgentStreamEvent]


class MessageItems:
    """Writes what models and tools say.

    Args:
        run: The run whose response is written.
        known_ids: Messages that are not the answer: those of the request and of earlier requests.
        count_usage: Whether to take the tokens from the messages, where nobody else counts them.

    Attributes:
        written: The ids of all messages that are known or written.
        sources: The documents that were found.
    """

    def __init__(self, run: Run, known_ids: Iterable[str] = (), *, count_usage: bool = False) -> None:
        self.written = set(known_ids)
        self.sources = Sources(run)
        self._run = run
        self._turns: list[ModelTurn] = []
        self._count_usage = count_usage

    def begin(self, name: str | None = None) -> ModelTurn:
        """Begin a turn of a model, in which `name` speaks."""
        turn = ModelTurn(self._run.response, name, self.sources)
        self._turns.append(turn)
        return turn

    def add(self, message: BaseMessage, name: str | None = None) -> Events:
        """Write a whole message, unless it is written."""
        if message.id is not None:
            if message.id in self.written:
                return []
            self.written.add(message.id)
        if isinstance(message, AIMessage):
            turn = self.begin(name)
            return turn.add(message) + turn.finish()
        return self._add_tool_result(message) if isinstance(message, ToolMessage) else []

    def add_text(self, text: str) -> Events:
        """Write a text that is no message of a model, unless a model said it."""
        if not text or any(turn.text == text for turn in self._turns):
            return []
        turn = self.begin()
        return turn.say(text) + turn.finish()

    @property
    def has_text(self) -> bool:
        """Whether anything was said."""
        return any(turn.text for turn in self._turns)

    @property
    def ends_with_text(self) -> bool:
        """Whether the last turn said anything."""
        return bool(self._turns) and bool(self._turns[-1].text)

    def finish(self) -> Events:
        """Finish what is open, and tell the run what the turns know; nothing happens the second time."""
        events: Events = []
        for turn in self._turns:
            events += turn.finish()
            usage = token_usage(turn.usage) if self._count_usage else None
            turn.usage = None
            if usage is not None:
                self._run.add_usage(usage)
        if self._turns and self._run.incomplete_reason is None:
            self._run.incomplete_reason = self._turns[-1].incomplete_reason
        return events

    def _add_tool_result(self, message: ToolMessage) -> Events:
        if message.status == "error":
            self._run.custom_outputs.setdefault("tool_errors", []).append(message.tool_call_id)
        if are_documents(message.artifact):
            self.sources.add(message.artifact)
        output = tool_output(message.content)
        item = {"type": "function_call_output", "call_id": message.tool_call_id, "output": output}
        return self._run.response.item(item)
