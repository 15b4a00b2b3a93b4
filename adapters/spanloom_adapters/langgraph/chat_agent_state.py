"""A graph state whose messages are those of a chat agent, as plain dicts; MLflow has one of the same name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, TypedDict
from uuid import uuid4

from langchain_core.messages import AIMessage, BaseMessage, ToolMessage

from spanloom.schemas.chat_agent import ChatAgentMessage
from spanloom_adapters.langchain.parsing import to_chat_agent

__all__ = ["ChatAgentState", "add_chat_messages", "chat_message"]

AnyMessage = dict[str, Any] | ChatAgentMessage | BaseMessage
_ROLES = {"human": "user", "system": "system"}


def add_chat_messages(
    left: AnyMessage | Sequence[AnyMessage], right: AnyMessage | Sequence[AnyMessage]
) -> list[dict[str, Any]]:
    """Return both, each with an id; a message of `right` takes the place of that with the same id in `left`."""
    merged = {message["id"]: message for message in _with_ids(left)}
    return list((merged | {message["id"]: message for message in _with_ids(right)}).values())


class ChatAgentState(TypedDict):
    """The state of a graph that answers as a chat agent.

    Attributes:
        messages: The conversation, as dicts with the fields of `ChatAgentMessage`; nodes may also return LangChain's
            messages. Each has an id.
        context: The request's conversation and user.
        custom_inputs: What the request brings besides.
        custom_outputs: What the answer brings besides.

    Example:
        >>> builder = StateGraph(ChatAgentState)
        >>> builder.add_node("model", lambda state: {"messages": [model.invoke(state["messages"])]})
    """

    messages: Annotated[list[Any], add_chat_messages]
    context: dict[str, Any] | None
    custom_inputs: dict[str, Any] | None
    custom_outputs: dict[str, Any] | None


def chat_message(message: AnyMessage) -> dict[str, Any]:
    """Return a message with an id, as a dict with the fields of `ChatAgentMessage`; the given one is not changed."""
    if isinstance(message, ToolMessage):
        [fields] = _dicts(message)
        fields |= {"name": message.name or "unknown"}
    elif isinstance(message, AIMessage):
        fields = _ai_message(message)
    elif isinstance(message, BaseMessage):
        fields = {"role": _ROLES.get(message.type, message.type), "content": message.text}
    elif isinstance(message, ChatAgentMessage):
        fields = message.model_dump(exclude_none=True)
    else:
        return message if message.get("id") else {**message, "id": str(uuid4())}
    message_id = message.id or str(uuid4())
    return {**fields, "id": message_id}


def _ai_message(message: AIMessage) -> dict[str, Any]:
    said = _dicts(message)
    fields: dict[str, Any] = {"role": "assistant", "content": "".join(part["content"] or "" for part in said)}
    calls = [call for part in said for call in part.get("tool_calls") or ()]
    name = {"name": message.name} if message.name else {}
    return {**fields, **({"tool_calls": calls} if calls else {}), **name}


def _dicts(message: BaseMessage) -> list[dict[str, Any]]:
    return [part.model_dump(exclude_none=True) for part in to_chat_agent(message).messages]


def _with_ids(messages: AnyMessage | Sequence[AnyMessage]) -> list[dict[str, Any]]:
    given = messages if isinstance(messages, list | tuple) else [messages]
    return [chat_message(message) for message in given]  # type: ignore[arg-type] # a sequence of messages
