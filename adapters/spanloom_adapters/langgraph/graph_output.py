"""What a graph streams, as response items, each once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolMessage

from spanloom.agents.adapter import Run
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.langchain.content import tool_output
from spanloom_adapters.langchain.model_turn import ModelTurn
from spanloom_adapters.langchain.runnable import plain_value
from spanloom_adapters.langgraph.conversation import Conversation
from spanloom_adapters.langgraph.interrupts import approval_items
from spanloom_adapters.langgraph.updates import messages_of, one_message, updates_of

__all__ = ["GraphOutput"]

Events = list[ResponsesAgentStreamEvent]


class GraphOutput:
    """Takes the parts of a graph's stream (modes `messages` and `updates`, with subgraphs).

    The same message comes as chunks, in the update of its node, and again in the update of every graph around it,
    there with the whole history: its id tells that it was written.
    """

    def __init__(self, graph: Any, run: Run, conversation: Conversation) -> None:
        self._run = run
        self._conversation = conversation
        self._label = str(getattr(graph, "name", None) or "langgraph")
        self._nodes = getattr(graph, "nodes", {})
        self._tool_nodes = _tool_nodes(self._nodes)
        self._written = set(conversation.known_ids)
        self._turns: dict[str, ModelTurn] = {}
        self._renamed: dict[str, list[ModelTurn]] = {}
        self._last: ModelTurn | None = None
        self._interrupts: dict[str, Any] = {}
        self._interrupted = False
        self._structured: Any = None

    def add(self, part: dict[str, Any]) -> Events:
        """Take the next part of the stream."""
        namespace, data = part["ns"], part["data"]
        hidden = bool(namespace) and any(name.partition(":")[0] in self._tool_nodes for name in namespace)
        if part["type"] == "messages":
            message, metadata = data
            return [] if hidden else self._add_message(message, metadata)
        return self._add_updates(data, namespace, hidden)

    def finish(self) -> Events:
        """Finish what is open, and tell how the graph ended."""
        run, events = self._run, []
        for turn in self._turns.values():
            events += turn.finish()
        if self._last is not None and run.incomplete_reason is None:
            run.incomplete_reason = self._last.incomplete_reason
        if self._structured is not None:
            run.custom_outputs["structured_response"] = plain_value(self._structured)
            if self._last is None or not self._last.text:
                text = json.dumps(run.custom_outputs["structured_response"], ensure_ascii=False)
                events += run.response.text(text, self) + run.response.finish_item(self)
        return events + self._finish_interrupted() if self._interrupted else events

    def _finish_interrupted(self) -> Events:
        run, conversation = self._run, self._conversation
        run.incomplete_reason = "interrupt"
        run.custom_outputs["interrupts"] = [
            {"id": interrupt.id, "value": plain_value(interrupt.value)} for interrupt in self._interrupts.values()
        ]
        # Without a checkpointer the graph has forgotten where it stopped.
        run.custom_outputs["resumable"] = conversation.thread_id is not None
        if conversation.thread_id is not None:
            run.custom_outputs["conversation_id"] = conversation.thread_id
        items = [item for interrupt in self._interrupts.values() for item in approval_items(interrupt, self._label)]
        return [event for item in items for event in run.response.item(item)]

    def _add_message(self, message: Any, metadata: dict[str, Any]) -> Events:
        if isinstance(message, dict):
            message = one_message(message)
        in_tool = metadata.get("langgraph_node") in self._tool_nodes
        if isinstance(message, AIMessageChunk):
            return [] if in_tool else self._add_chunk(message, metadata)
        if in_tool and not isinstance(message, ToolMessage):
            return []
        return self._add_whole(message)

    def _add_chunk(self, chunk: AIMessageChunk, metadata: dict[str, Any]) -> Events:
        chunk_id = chunk.id or ""
        turn = self._turns.get(chunk_id)
        if turn is None:
            if chunk_id in self._written:
                return []
            turn = self._turns[chunk_id] = self._begin_turn(chunk, str(metadata.get("langgraph_checkpoint_ns")))
            self._written.add(chunk_id)
        return turn.add(chunk)

    def _begin_turn(self, chunk: AIMessageChunk, task: str) -> ModelTurn:
        # The Responses API's chunks: the first has the id of the final message, the others share a second one.
        if chunk.response_metadata.get("id") == chunk.id:
            self._last = ModelTurn(self._run.response)
            self._renamed.setdefault(task, []).append(self._last)
            return self._last
        renamed = self._renamed.get(task)
        if renamed:
            return renamed.pop(0)
        self._last = ModelTurn(self._run.response)
        return self._last

    def _add_whole(self, message: BaseMessage) -> Events:
        if message.id is not None:
            if message.id in self._written:
                return []
            self._written.add(message.id)
        if isinstance(message, AIMessage):
            self._last = ModelTurn(self._run.response)
            return self._last.add(message) + self._last.finish()
        return self._add_tool_result(message) if isinstance(message, ToolMessage) else []

    def _add_tool_result(self, message: ToolMessage) -> Events:
        if message.status == "error":
            self._run.custom_outputs.setdefault("tool_errors", []).append(message.tool_call_id)
        item = {
            "type": "function_call_output",
            "call_id": message.tool_call_id,
            "output": tool_output(message.content),
        }
        return self._run.response.item(item)

    def _add_updates(self, data: dict[str, Any], namespace: tuple[str, ...], hidden: bool) -> Events:
        events: Events = []
        for node, update in data.items():
            if node == "__interrupt__":
                self._interrupted = True
                self._interrupts |= {interrupt.id: interrupt for interrupt in update}
            elif not hidden:
                for value in updates_of(update):
                    events += self._add_update(node, value, namespace)
        return events

    def _add_update(self, node: str, value: Any, namespace: tuple[str, ...]) -> Events:
        if isinstance(value, dict) and not namespace and value.get("structured_response") is not None:
            self._structured = value["structured_response"]
        # The tasks of a functional graph are no nodes: what they give is for the graph, not its answer.
        messages: Iterable[Any] = messages_of(value) if isinstance(value, dict) or node in self._nodes else ()
        events: Events = []
        for message in messages:
            if not isinstance(message, str):
                events += self._add_whole(message)
            elif message and (self._last is None or self._last.text != message):
                events += self._add_whole(AIMessage(message))
        return events


def _tool_nodes(nodes: dict[str, Any]) -> frozenset[str]:
    """Return the names of nodes that run tools; those of subgraphs are known by LangGraph's usual name."""
    named = {name for name, node in nodes.items() if _runs_tools(getattr(node, "bound", node))}
    return frozenset({"tools", *named})


def _runs_tools(bound: Any) -> bool:
    return any(kind.__name__ == "ToolNode" for kind in type(bound).__mro__)
