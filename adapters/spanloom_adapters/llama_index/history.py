"""Items of a request as LlamaIndex's messages."""

from __future__ import annotations

import json
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from typing import Any

from llama_index.core.base.llms.types import (
    ChatMessage,
    ContentBlock,
    MessageRole,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
)

from spanloom.errors import AgentError
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom_adapters.llama_index.content import input_blocks, text_of

__all__ = ["request_messages"]


def request_messages(request: ResponsesAgentRequest) -> list[ChatMessage]:
    """Return the request's instructions and items as messages.

    An assistant's reasoning, message and function calls that follow each other are one message, and the outputs of the
    calls come right after it, as models want them. Calls without output never ran and are left out, as are approvals,
    the calls of hosted tools, and reasoning that no provider signed: they are not for the model.

    Raises:
        AgentError: If an item means nothing here, or an output belongs to no call.
    """
    items = [item.model_dump(exclude_none=True) for item in request.input_items()]
    history = _History(items)
    if request.instructions:
        history.messages.append(ChatMessage(role=MessageRole.SYSTEM, content=request.instructions))
    for item in items:
        history.add(item)
    history.end_turn()
    return history.messages


class _History:
    def __init__(self, items: Sequence[Mapping[str, Any]]) -> None:
        self.messages: list[ChatMessage] = []
        self._outputs: dict[str, deque[Mapping[str, Any]]] = defaultdict(deque)  # some models repeat their ids
        for item in items:
            if item.get("type") == "function_call_output":
                self._outputs[item["call_id"]].append(item)
        self._called: set[str] = set()
        self._turn: list[ContentBlock] = []
        self._results: list[ChatMessage] = []

    def add(self, item: Mapping[str, Any]) -> None:
        kind = item.get("type", "message")
        match kind:
            case "message" if item["role"] == "assistant":
                self._extend(TextBlock(text=text_of(item["content"])), after=ThinkingBlock)
            case "message":
                self.end_turn()
                self.messages.append(_message(item))
            case "reasoning" if item.get("native"):
                self._extend(_thought(item), after=ThinkingBlock)
            case "reasoning":
                pass  # providers take reasoning only with their own signature or id
            case "function_call":
                self._called.add(item["call_id"])
                outputs = self._outputs[item["call_id"]]
                if outputs:
                    self._extend(_call(item), after=object)
                    self._results.append(_output(outputs.popleft()))
            case "function_call_output":
                if item["call_id"] not in self._called:
                    raise AgentError(f"the function_call_output of {item['call_id']!r} has no function_call before it")
                self.end_turn()
            case _ if kind.startswith("mcp_") or kind.endswith("_call"):
                pass
            case _:
                raise AgentError(f"an item of type {kind!r} can't be given to LlamaIndex")

    def end_turn(self) -> None:
        """Write what the assistant said and called, then what the calls gave."""
        turn, self._turn = self._turn, []
        if not all(isinstance(block, ThinkingBlock) for block in turn):
            self.messages += [ChatMessage(role=MessageRole.ASSISTANT, blocks=turn), *self._results]
            self._results = []

    def _extend(self, block: ContentBlock, after: type) -> None:
        """Add to the assistant's turn; begin another where this can't follow what is there."""
        if not all(isinstance(other, after) for other in self._turn):
            self.end_turn()
        self._turn.append(block)


def _message(item: Mapping[str, Any]) -> ChatMessage:
    if item["role"] == "user":
        return ChatMessage(role=MessageRole.USER, blocks=input_blocks(item["content"]))
    return ChatMessage(role=MessageRole.SYSTEM, content=text_of(item["content"]))


def _thought(item: Mapping[str, Any]) -> ThinkingBlock:
    text = "\n".join(part["text"] for part in item.get("summary") or item.get("content") or ())
    return ThinkingBlock(content=text, additional_information=item["native"])


def _call(item: Mapping[str, Any]) -> ToolCallBlock:
    try:
        arguments = json.loads(item["arguments"] or "{}")
    except ValueError:
        arguments = None
    kwargs = arguments if isinstance(arguments, dict) else item["arguments"]
    return ToolCallBlock(tool_call_id=item["call_id"], tool_name=item["name"], tool_kwargs=kwargs)


def _output(item: Mapping[str, Any]) -> ChatMessage:
    return ChatMessage(
        role=MessageRole.TOOL,
        blocks=input_blocks(item["output"]),
        additional_kwargs={"tool_call_id": item["call_id"]},
    )
