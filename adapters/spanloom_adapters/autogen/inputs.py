"""Items of a request as AutoGen's messages: those that models read, and those that agents send each other."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from autogen_agentchat.messages import BaseChatMessage, MultiModalMessage, TextMessage, ToolCallSummaryMessage
from autogen_core import FunctionCall, Image
from autogen_core.models import (
    AssistantMessage,
    FunctionExecutionResult,
    FunctionExecutionResultMessage,
    LLMMessage,
    UserMessage,
)

from spanloom.errors import AgentError
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom_adapters.autogen.pictures import Picture

__all__ = ["Conversation", "chat_messages", "model_messages", "read_conversation"]

Item = dict[str, Any]

_TEXT_PARTS = frozenset({"input_text", "output_text", "text"})


@dataclass
class Conversation:
    """What a request says.

    Attributes:
        system: Instructions, and the texts of system and developer messages.
        history: The items before the question.
        question: The user messages at the end; none if the conversation ends otherwise.
    """

    system: list[str] = field(default_factory=list)
    history: list[Item] = field(default_factory=list)
    question: list[Item] = field(default_factory=list)


def read_conversation(request: ResponsesAgentRequest) -> Conversation:
    """Sort the items of a request."""
    conversation = Conversation([request.instructions] if request.instructions else [])
    for item in request.input_items():
        body = item.model_dump()
        if body.get("role") in ("system", "developer"):
            conversation.system.append(_text(body["content"]))
        else:
            conversation.history.append(body)
    while conversation.history and conversation.history[-1].get("role") == "user":
        conversation.question.insert(0, conversation.history.pop())
    return conversation


def model_messages(items: Iterable[Item], speaker: str) -> list[LLMMessage]:
    """Return items as what a model reads.

    An assistant's reasoning, message and function calls that follow each other are one message, as the model wrote
    them in one turn.

    Args:
        items: User messages, assistant messages, function calls and their outputs, reasoning; others are left out.
        speaker: Name of the assistant, where an item has none.
    """
    messages: list[LLMMessage] = []
    turn: list[Item] = []
    names: dict[str, str] = {}
    for item in items:
        match _kind(item):
            case "function_call_output":
                _end_turn(turn, messages, speaker)
                _add_result(item, names, messages)
            case "user":
                _end_turn(turn, messages, speaker)
                messages.append(UserMessage(content=_content(item["content"]), source=_name(item, "user")))
            case "assistant" | "reasoning" | "function_call" as kind:
                if kind != "function_call" and any(_kind(said) == "assistant" for said in turn):
                    _end_turn(turn, messages, speaker)
                if kind == "function_call":
                    names[item["call_id"]] = item["name"]
                turn.append(item)
    _end_turn(turn, messages, speaker)
    return messages


def chat_messages(items: Iterable[Item], speaker: str) -> list[BaseChatMessage]:
    """Return items as what agents send each other; of calls only the results, where nobody said what came of them.

    Args:
        items: As for `model_messages`.
        speaker: Likewise.
    """
    messages: list[BaseChatMessage] = []
    calls: dict[str, FunctionCall] = {}
    results: list[FunctionExecutionResult] = []
    for item in items:
        match _kind(item):
            case "function_call":
                calls[item["call_id"]] = _call(item)
            case "function_call_output":
                results.append(_result(item, {name: call.name for name, call in calls.items()}))
            case "assistant":
                results.clear()
                messages.append(TextMessage(content=_text(item["content"]), source=_name(item, speaker)))
            case "user":
                messages += _summary(results, calls, speaker)
                messages.append(_user_message(item))
    return messages + _summary(results, calls, speaker)


def _kind(item: Item) -> str:
    kind: str = item.get("type", "message")
    return item["role"] if kind == "message" else kind


def _end_turn(turn: list[Item], messages: list[LLMMessage], speaker: str) -> None:
    calls = [_call(item) for item in turn if _kind(item) == "function_call"]
    said = [item for item in turn if _kind(item) == "assistant"]
    text = "".join(_text(item["content"]) for item in said)
    reasoning = "\n".join(_reasoning(item) for item in turn if _kind(item) == "reasoning") or None
    source = _name(said[0], speaker) if said else _valid_name(speaker)
    if calls:  # the text beside calls is what AutoGen calls a thought
        messages.append(AssistantMessage(content=calls, thought=text or reasoning, source=source))
    elif text:
        messages.append(AssistantMessage(content=text, thought=reasoning, source=source))
    turn.clear()


def _add_result(item: Item, names: dict[str, str], messages: list[LLMMessage]) -> None:
    last = messages[-1] if messages else None
    if not isinstance(last, FunctionExecutionResultMessage):
        last = FunctionExecutionResultMessage(content=[])
        messages.append(last)
    last.content.append(_result(item, names))


def _summary(
    results: list[FunctionExecutionResult], calls: dict[str, FunctionCall], speaker: str
) -> list[BaseChatMessage]:
    if not results:
        return []
    text = "\n".join(result.content for result in results)
    called = [calls[result.call_id] for result in results if result.call_id in calls]
    message = ToolCallSummaryMessage(
        content=text, source=_valid_name(speaker), tool_calls=called, results=list(results)
    )
    results.clear()
    return [message]


def _user_message(item: Item) -> BaseChatMessage:
    content, source = _content(item["content"]), _name(item, "user")
    if isinstance(content, str):
        return TextMessage(content=content, source=source)
    return MultiModalMessage(content=content, source=source)


def _call(item: Item) -> FunctionCall:
    return FunctionCall(id=item["call_id"], name=item["name"], arguments=item["arguments"])


def _result(item: Item, names: dict[str, str]) -> FunctionExecutionResult:
    call_id = item["call_id"]
    return FunctionExecutionResult(content=_text(item["output"]), name=names.get(call_id, ""), call_id=call_id)


def _content(content: str | Sequence[Item]) -> str | list[str | Image]:
    if isinstance(content, str):
        return content
    parts = [_part(part) for part in content]
    texts = [part for part in parts if isinstance(part, str)]
    return "\n".join(texts) if len(texts) == len(parts) else parts


def _part(part: Item) -> str | Image:
    kind = part.get("type")
    if kind in _TEXT_PARTS:
        return str(part["text"])
    if kind == "input_image" and part.get("image_url"):
        return Picture(part["image_url"], part.get("detail"))
    if kind == "input_image":
        raise AgentError("AutoGen takes an input_image with an image_url, not with a file_id")
    raise AgentError(f"AutoGen's messages hold text and images, not {kind!r}: leave it out, or send its text")


def _text(content: str | Sequence[Item]) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(map(_part_text, content))


def _part_text(part: Item) -> str:
    text = part.get("text", part.get("refusal"))
    if text is None:
        raise AgentError(
            f"AutoGen's system messages, answers and results hold text only, not {part.get('type')!r}: leave it out, "
            "or send its text"
        )
    return str(text)


def _reasoning(item: Item) -> str:
    return "\n".join(part["text"] for part in item.get("summary") or item.get("content") or ())


def _name(item: Item, default: str) -> str:
    return _valid_name(item.get("name") or default)


def _valid_name(name: str) -> str:
    # Providers refuse others.
    return re.sub(r"[^a-zA-Z0-9_-]", "_", name)[:64]
