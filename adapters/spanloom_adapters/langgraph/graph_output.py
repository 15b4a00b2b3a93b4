"""What a graph streams, as response items, each once."""

from __future__ import annotations

import json
from typing import Any

from langchain_core.messages import AIMessageChunk, BaseMessage, ToolMessage

from spanloom.agents.adapter import Run
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.langchain.answer import Answer, answer_messages
from spanloom_adapters.langchain.message_items import MessageItems
from spanloom_adapters.langchain.model_turn import ModelTurn
from spanloom_adapters.langchain.plain import plain_value
from spanloom_adapters.langgraph.graph_shape import GraphShape
from spanloom_adapters.langgraph.interrupts import Pending
from spanloom_adapters.langgraph.updates import message_of, messages_of, updates_of

__all__ = ["GraphOutput"]

Events = list[ResponsesAgentStreamEvent]
_NOTHING = object()


class GraphOutput:
    """Takes the parts of a graph's stream (modes `messages`, `updates` and `values`, with subgraphs or without).

    The same message comes as chunks, in the update of its node, and again in the update of every graph around it,
    there with the whole history: its id tells that it was written.

    Args:
        run: The run whose response is written.
        items: What writes the messages.
        shape: What is known of the graph.
        thread_id: Where the graph keeps its state, if it does.
    """

    def __init__(self, run: Run, items: MessageItems, shape: GraphShape, thread_id: str | None) -> None:
        self._run = run
        self._items = items
        self._shape = shape
        self._pending = Pending(run, shape.name, thread_id)
        self._turns: dict[str, ModelTurn] = {}
        self._renamed: dict[str, list[ModelTurn]] = {}
        self._structured: Any = None
        self._result: Any = _NOTHING

    def add(self, part: dict[str, Any]) -> Events:
        """Take the next part of the stream."""
        kind, namespace, data = part["type"], part["ns"], part["data"]
        hidden = bool(namespace) and any(name.partition(":")[0] in self._shape.tool_nodes for name in namespace)
        if kind == "messages":
            message, metadata = data
            return [] if hidden else self._add_message(message_of(message), metadata, namespace)
        if kind == "updates":
            return self._add_updates(data, namespace, hidden)
        if kind == "values" and not namespace:
            self._result = data
        return []

    def finish(self) -> Events:
        """Finish what is open, and tell how the graph ended."""
        events: Events = []
        if self._result is not _NOTHING and not self._pending.stopped and self._run.incomplete_reason is None:
            events += self._add_result(self._result)
        events += self._items.finish()
        if self._structured is not None:
            plain = self._run.custom_outputs["structured_response"] = plain_value(self._structured)
            if not self._items.ends_with_text:
                events += self._items.add_text(json.dumps(plain, ensure_ascii=False))
        return events + self._pending.finish()

    def _add_message(self, message: BaseMessage, metadata: dict[str, Any], namespace: tuple[str, ...]) -> Events:
        in_tool = metadata.get("langgraph_node") in self._shape.tool_nodes
        if isinstance(message, AIMessageChunk):
            return [] if in_tool else self._add_chunk(message, metadata, namespace)
        if in_tool and not isinstance(message, ToolMessage):
            return []
        return self._add_whole(message, namespace, metadata.get("lc_agent_name"))

    def _add_chunk(self, chunk: AIMessageChunk, metadata: dict[str, Any], namespace: tuple[str, ...]) -> Events:
        chunk_id = chunk.id or ""
        turn = self._turns.get(chunk_id)
        if turn is None:
            if chunk_id in self._items.written:
                return []
            turn = self._turns[chunk_id] = self._begin_turn(chunk, metadata, namespace)
            self._items.written.add(chunk_id)
        return turn.add(chunk)

    def _begin_turn(self, chunk: AIMessageChunk, metadata: dict[str, Any], namespace: tuple[str, ...]) -> ModelTurn:
        name = self._speaker(chunk, namespace, metadata.get("lc_agent_name"))
        task = str(metadata.get("langgraph_checkpoint_ns"))
        # The Responses API's chunks: the first has the id of the final message, the others share a second one.
        if chunk.response_metadata.get("id") == chunk.id:
            turn = self._items.begin(name)
            self._renamed.setdefault(task, []).append(turn)
            return turn
        renamed = self._renamed.get(task)
        return renamed.pop(0) if renamed else self._items.begin(name)

    def _add_whole(self, message: BaseMessage, namespace: tuple[str, ...], agent_name: str | None = None) -> Events:
        return self._items.add(message, self._speaker(message, namespace, agent_name))

    def _speaker(self, message: BaseMessage, namespace: tuple[str, ...], agent_name: str | None) -> str | None:
        """Return who speaks, unless it is the graph's own agent."""
        name = message.name or agent_name
        if name is None and namespace and not self._shape.is_functional:
            name = namespace[-1].partition(":")[0]
        return name if name != self._shape.name else None

    def _add_updates(self, data: dict[str, Any], namespace: tuple[str, ...], hidden: bool) -> Events:
        events: Events = []
        for node, update in data.items():
            if node == "__interrupt__":
                self._pending.add(update)
            elif not hidden:
                for value in updates_of(update):
                    events += self._add_update(value, namespace)
        return events

    def _add_update(self, value: Any, namespace: tuple[str, ...]) -> Events:
        if not isinstance(value, dict) or (self._shape.is_functional and not namespace):
            # What an entrypoint or its tasks return; the last one is the entrypoint's.
            if not namespace and value is not None:
                self._result = value
            return []
        if not namespace and value.get("structured_response") is not None:
            self._structured = value["structured_response"]
        if not namespace and isinstance(value.get("custom_outputs"), dict):
            self._run.custom_outputs |= plain_value(value["custom_outputs"])
        events: Events = []
        for message in messages_of(value):
            written = self._items.add_text(message) if isinstance(message, str) else self._add_whole(message, namespace)
            events += written
        return events

    def _add_result(self, result: Any) -> Events:
        """Write what the graph gave, as far as it was not written on the way."""
        if isinstance(result, str):
            return self._items.add_text(result)
        if isinstance(result, dict) and isinstance(result.get("messages"), list):
            self._structured = result.get("structured_response")
            messages = answer_messages([message_of(message) for message in result["messages"]])
            return [event for message in messages for event in self._add_whole(message, ())]
        answer = Answer(self._run, self._items)
        return answer.add(result) + answer.finish()
