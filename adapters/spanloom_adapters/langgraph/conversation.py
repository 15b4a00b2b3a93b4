"""Which thread a request belongs to, and what of the request the thread does not have yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from langchain_core.messages import AIMessage, BaseMessage, SystemMessage, ToolMessage

from spanloom.agents.adapter import Run
from spanloom.errors import AgentError
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom_adapters.langchain.history import request_messages
from spanloom_adapters.langgraph.inputs import GraphInput, graph_input
from spanloom_adapters.langgraph.interrupts import NO_ANSWER, answer_of, asks_to_resume
from spanloom_adapters.langgraph.remote import is_remote, read_state, remote_thread_id
from spanloom_adapters.langgraph.updates import message_of

__all__ = ["Conversation", "keeps_threads", "open_conversation"]


@dataclass(frozen=True)
class Conversation:
    """One request's place in a thread.

    Attributes:
        input: What the graph is run on.
        holds_messages: Whether the graph's state has messages.
        known_ids: Messages that are not the answer: those of the request and of earlier requests.
        thread_id: The thread; `None` when the graph keeps no state.
    """

    input: Any
    holds_messages: bool
    known_ids: frozenset[str]
    thread_id: str | None


async def open_conversation(graph: Any, request: ResponsesAgentRequest, run: Run) -> Conversation:
    """Return the request's place in the thread of its conversation; without an id it gets a fresh thread.

    Raises:
        AgentError: If the request answers an interrupt that can't be resumed, or none where one is pending.
    """
    takes = await graph_input(graph)
    if not keeps_threads(graph):
        _refuse_resume(request, "the graph has no checkpointer: compile it with one, graph.compile(checkpointer=…)")
        return _begin(run, takes, request, None)
    if run.conversation_id is None:
        _refuse_resume(request, "the request names no conversation: set context.conversation_id to the interrupted one")
        return _begin(run, takes, request, str(uuid4()))
    thread_id = remote_thread_id(run.conversation_id) if is_remote(graph) else run.conversation_id
    config = {"configurable": {"thread_id": thread_id}}
    state = await (read_state(graph, config) if is_remote(graph) else graph.aget_state(config, subgraphs=True))
    if state is None:
        _refuse_resume(request, "this conversation has not begun")
        return _begin(run, takes, request, thread_id)
    answer = answer_of(request, state)
    history = _history(state)
    if answer is not NO_ANSWER:
        return Conversation(answer, takes.holds_messages, _ids(history) | _subgraph_ids(state), thread_id)
    if not history:
        return _begin(run, takes, request, thread_id)
    messages = _new_messages(request_messages(request), history)
    native = run.native_input(request, lambda request: takes.of(request, messages))
    return Conversation(native, takes.holds_messages, _ids(history) | _input_ids(native), thread_id)


def keeps_threads(graph: Any) -> bool:
    """Tell whether the graph keeps the state of conversations."""
    # A graph that is to inherit its checkpointer has `True`.
    return is_remote(graph) or getattr(graph, "checkpointer", None) not in (None, False)


def _refuse_resume(request: ResponsesAgentRequest, reason: str) -> None:
    if asks_to_resume(request):
        raise AgentError(f"there is nothing to resume: {reason}")


def _begin(run: Run, takes: GraphInput, request: ResponsesAgentRequest, thread_id: str | None) -> Conversation:
    native = run.native_input(request, takes.of)
    return Conversation(native, takes.holds_messages, _input_ids(native), thread_id)


def _input_ids(native: Any) -> frozenset[str]:
    messages = native.get("messages") if isinstance(native, Mapping) else native
    return (
        _ids(message for message in messages if isinstance(message, BaseMessage))
        if isinstance(messages, list)
        else frozenset()
    )


def _history(state: Any) -> list[BaseMessage]:
    messages = state.values.get("messages") if isinstance(state.values, dict) else None
    return [message_of(message) for message in messages] if isinstance(messages, list) else []


def _subgraph_ids(state: Any) -> frozenset[str]:
    # A subgraph that was interrupted repeats its messages when it ends.
    inner = [task.state for task in state.tasks if hasattr(task.state, "values")]
    return frozenset().union(*(_ids(_history(child)) | _subgraph_ids(child) for child in inner))


def _ids(messages: Iterable[BaseMessage]) -> frozenset[str]:
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
