"""Which thread a request belongs to, and what of the request the thread does not have yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from langchain_core.messages import AIMessage, BaseMessage, SystemMessage, ToolMessage

from spanloom.errors import AgentError
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom_adapters.langchain.inputs import runnable_input
from spanloom_adapters.langchain.messages import request_messages
from spanloom_adapters.langgraph.interrupts import NO_ANSWER, answer_of, asks_to_resume

__all__ = ["Conversation", "open_conversation"]


@dataclass(frozen=True)
class Conversation:
    """One request's place in a thread.

    Attributes:
        input: What the graph is run on.
        config: The graph's config for this run.
        known_ids: Messages that are not the answer: those of the request and of earlier requests.
        thread_id: The thread; `None` when the graph keeps no state.
    """

    input: Any
    config: dict[str, Any]
    known_ids: frozenset[str]
    thread_id: str | None


async def open_conversation(graph: Any, request: ResponsesAgentRequest, conversation_id: str | None) -> Conversation:
    """Return the request's place in the thread of its conversation; without an id it gets a fresh thread.

    Raises:
        AgentError: If the request answers an interrupt that can't be resumed, or none where one is pending.
    """
    # A graph that is to inherit its checkpointer has `True`.
    if getattr(graph, "checkpointer", None) in (None, False):
        _refuse_resume(request, "the graph has no checkpointer: compile it with one, graph.compile(checkpointer=…)")
        return _fresh(graph, request, None)
    if conversation_id is None:
        _refuse_resume(request, "the request names no conversation: set context.conversation_id to the interrupted one")
        return _fresh(graph, request, str(uuid4()))
    config = _config(conversation_id)
    state = await graph.aget_state(config, subgraphs=True)
    answer = answer_of(request, state)
    history = _history(state)
    if answer is not NO_ANSWER:
        return Conversation(answer, config, _ids(history) | _subgraph_ids(state), conversation_id)
    if not history:
        return _fresh(graph, request, conversation_id)
    messages = _new_messages(request_messages(request), history)
    return Conversation({"messages": messages}, config, _ids(history) | _ids(messages), conversation_id)


def _refuse_resume(request: ResponsesAgentRequest, reason: str) -> None:
    if asks_to_resume(request):
        raise AgentError(f"there is nothing to resume: {reason}")


def _fresh(graph: Any, request: ResponsesAgentRequest, thread_id: str | None) -> Conversation:
    config = {} if thread_id is None else _config(thread_id)
    if "messages" not in getattr(graph, "channels", ("messages",)):
        return Conversation(runnable_input(graph, request), config, frozenset(), thread_id)
    messages = request_messages(request)
    return Conversation({"messages": messages}, config, _ids(messages), thread_id)


def _history(state: Any) -> list[BaseMessage]:
    messages = state.values.get("messages") if isinstance(state.values, dict) else None
    return messages if isinstance(messages, list) else []


def _subgraph_ids(state: Any) -> frozenset[str]:
    # A subgraph that was interrupted repeats its messages when it ends.
    inner = [task.state for task in state.tasks if hasattr(task.state, "values")]
    return frozenset().union(*(_ids(_history(child)) | _subgraph_ids(child) for child in inner))


def _config(thread_id: str) -> dict[str, Any]:
    return {"configurable": {"thread_id": thread_id}}


def _ids(messages: Any) -> frozenset[str]:
    return frozenset(message.id for message in messages if message.id is not None)


def _new_messages(messages: list[BaseMessage], history: list[BaseMessage]) -> list[BaseMessage]:
    """Return the messages that the thread lacks, whether the client sent the whole history or only what is new."""
    last_answer = max((index for index, message in enumerate(messages) if isinstance(message, AIMessage)), default=-1)
    known = _ids(history)
    answered = {message.tool_call_id for message in history if isinstance(message, ToolMessage)}
    rules = {message.text for message in history if isinstance(message, SystemMessage)}
    new = [
        message
        for message in messages[last_answer + 1 :]
        if message.id not in known
        and not (isinstance(message, ToolMessage) and message.tool_call_id in answered)
        and not (isinstance(message, SystemMessage) and message.text in rules)
    ]
    answered |= {message.tool_call_id for message in new if isinstance(message, ToolMessage)}
    return [*_cancelled_calls(history, answered), *new]


def _cancelled_calls(history: list[BaseMessage], answered: set[str]) -> list[BaseMessage]:
    # An aborted run leaves calls without a result, and models refuse such a history.
    last = next((message for message in reversed(history) if isinstance(message, AIMessage)), None)
    return [
        ToolMessage(
            "The call was cancelled before it had a result.",
            tool_call_id=call["id"],
            name=call["name"],
            id=str(uuid4()),
        )
        for call in (last.tool_calls if last is not None else ())
        if call["id"] not in answered
    ]
