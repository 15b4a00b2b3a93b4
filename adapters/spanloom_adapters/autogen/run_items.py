"""What agents and teams stream, as response items."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from autogen_agentchat.base import TaskResult
from autogen_agentchat.messages import (
    BaseChatMessage,
    BaseTextChatMessage,
    CodeGenerationEvent,
    HandoffMessage,
    MemoryQueryEvent,
    ModelClientStreamingChunkEvent,
    MultiModalMessage,
    StructuredMessage,
    ThoughtEvent,
    ToolCallExecutionEvent,
    ToolCallRequestEvent,
)

from spanloom.agents.adapter import Run
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.autogen.members import human_names, manager_names, members, name_of
from spanloom_adapters.autogen.model_turn import ModelTurn

__all__ = ["Cast", "RunItems"]

Events = list[ResponsesAgentStreamEvent]


@dataclass
class Cast:
    """Who may be heard.

    Attributes:
        name: Of the agent as a whole: what it says itself is not marked with a name.
        speakers: Names of those who speak in its name; `None` if that is not known.
        managers: Names under which models choose speakers; their words are not for the user.
        humans: Names under which people speak.
        echoes: Ids of the task's messages, which some teams repeat.
    """

    name: str | None = None
    speakers: frozenset[str] | None = None
    managers: frozenset[str] = frozenset()
    humans: frozenset[str] = frozenset({"user"})
    echoes: frozenset[str] = frozenset()

    @classmethod
    def of(cls, agent: Any, task: Any) -> Cast:
        """Return who takes part in a run of the agent on the task."""
        messages = task if isinstance(task, list | tuple) else [task]
        return cls(
            name_of(agent),
            frozenset(map(name_of, members(agent))),
            manager_names(agent),
            human_names(agent) | {"user"},
            frozenset(message.id for message in messages if hasattr(message, "id")),
        )


class RunItems:
    """Takes the events and messages of a run, in order, and its result as the last, and writes items.

    What comes between an agent's calls and their results from those who do not take part was said inside of a tool and
    is left out.

    Args:
        run: What is written to.
        cast: Who takes part.
    """

    def __init__(self, run: Run, cast: Cast) -> None:
        self._run = run
        self._cast = cast
        self._turns: dict[str, ModelTurn] = {}
        self._pending: set[str] = set()
        self._heard: set[str] = set()
        self._known = self._heard if cast.speakers is None else cast.speakers
        self._results: dict[str, set[str]] = {}

    def add(self, message: Any) -> Events:
        """Take the next event or message of the run, or its result."""
        if isinstance(message, TaskResult):
            return self.finish()
        if self._pending and message.source not in self._known:
            return []
        self._heard.add(message.source)
        for kind in type(message).__mro__:
            if kind in self._writers:
                return self._writers[kind](self, message)
        return []

    def finish(self) -> Events:
        """Finish what is open."""
        return [event for source in list(self._turns) for event in self._end_turn(source)]

    def _turn(self, source: str) -> ModelTurn:
        turn = self._turns.get(source)
        if turn is None:
            name = None if source == self._cast.name else source
            turn = self._turns[source] = ModelTurn(self._run.response, name)
        return turn

    def _end_turn(self, source: str, text: str = "") -> Events:
        events = self._turn(source).say(text)
        del self._turns[source]
        return events

    def _add_chunk(self, chunk: ModelClientStreamingChunkEvent) -> Events:
        return [] if chunk.source in self._cast.managers else self._turn(chunk.source).add(chunk.content)

    def _add_thought(self, event: ThoughtEvent) -> Events:
        return self._turn(event.source).think(event.content)

    def _add_calls(self, event: ToolCallRequestEvent) -> Events:
        events = self._turn(event.source).call()
        del self._turns[event.source]
        for call in event.content:
            self._pending.add(call.id)
            item = {"type": "function_call", "call_id": call.id, "name": call.name, "arguments": call.arguments}
            events += self._run.response.item(item)
        return events

    def _add_results(self, event: ToolCallExecutionEvent) -> Events:
        events: Events = []
        self._results[event.source] = {result.content for result in event.content}
        for result in event.content:
            self._pending.discard(result.call_id)
            if result.is_error:
                self._run.custom_outputs.setdefault("tool_errors", []).append(result.call_id)
            item = {"type": "function_call_output", "call_id": result.call_id, "output": result.content}
            events += self._run.response.item(item)
        return events

    def _add_code(self, event: CodeGenerationEvent) -> Events:
        return self._end_turn(event.source, event.content)

    def _add_memories(self, event: MemoryQueryEvent) -> Events:
        nodes = self._run.custom_outputs.setdefault("source_nodes", [])
        nodes += [memory.model_dump(mode="json") for memory in event.content if isinstance(memory.content, str | dict)]
        return []

    def _add_message(self, message: BaseChatMessage) -> Events:
        if message.source in self._cast.humans or message.id in self._cast.echoes:
            return []
        return self._end_turn(message.source, self._text_of(message))

    def _text_of(self, message: BaseChatMessage) -> str:
        match message:
            case HandoffMessage() if message.content in self._results.get(message.source, ()):
                return ""  # it says what the result of the hand-off's call said
            case BaseTextChatMessage():
                return message.content
            case StructuredMessage():
                self._run.custom_outputs["structured_response"] = message.content.model_dump(mode="json")
                return str(message.content.model_dump_json())
            case MultiModalMessage():
                self._add_images(message)
                return "\n".join(part for part in message.content if isinstance(part, str))
            case _:
                return message.to_model_text()

    def _add_images(self, message: MultiModalMessage) -> None:
        images = [part.data_uri for part in message.content if not isinstance(part, str)]
        if images:  # an output message can't hold any
            found = self._run.custom_outputs.setdefault("images", [])
            found += [{"source": message.source, "image_url": url} for url in images]

    _writers: dict[type, Callable[[RunItems, Any], Events]] = {  # noqa: RUF012 - never changed
        ModelClientStreamingChunkEvent: _add_chunk,
        ThoughtEvent: _add_thought,
        ToolCallRequestEvent: _add_calls,
        ToolCallExecutionEvent: _add_results,
        CodeGenerationEvent: _add_code,
        MemoryQueryEvent: _add_memories,
        BaseChatMessage: _add_message,
    }
