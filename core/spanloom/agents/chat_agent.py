"""The standard agent that speaks chat messages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from spanloom.agents.interface import Interface
from spanloom.agents.standard_agent import StandardAgent
from spanloom.agents.tracing import describe_context
from spanloom.errors import SchemaError
from spanloom.schemas.chat_agent import (
    ChatAgentChunk,
    ChatAgentRequest,
    ChatAgentResponse,
    validate_chat_agent_chunk,
    validate_chat_agent_request,
    validate_chat_agent_response,
)
from spanloom.schemas.chat_reduce import ChatAgentReducer
from spanloom.tracing.span import Span
from spanloom.tracing.usage import TokenUsage

__all__ = ["ChatAgent", "record_chat_usage"]

_PARAMETERS = ("messages", "context", "custom_inputs")


def _request_of(args: tuple[Any, ...], fields: dict[str, Any]) -> ChatAgentRequest:
    if len(args) == 1 and not fields and isinstance(args[0], Mapping | BaseModel):
        return validate_chat_agent_request(args[0])
    given = {**dict(zip(_PARAMETERS, args, strict=False)), **fields}
    if len(args) > len(_PARAMETERS) or "messages" not in given:
        raise SchemaError(
            "a chat agent takes predict({'messages': [...]}) or predict(messages, context=None, custom_inputs=None); "
            f"got {len(args)} positional arguments and {', '.join(fields) or 'no keywords'}"
        )
    return validate_chat_agent_request(given)


def _chunks(response: ChatAgentResponse) -> list[ChatAgentChunk]:
    """Write a whole response as a stream: a chunk a message; the last one carries what concerns them all."""
    chunks = [ChatAgentChunk(delta=message) for message in response.messages]
    if chunks:
        last = chunks[-1]
        last.finish_reason, last.usage, last.custom_outputs = (
            response.finish_reason,
            response.usage,
            response.custom_outputs,
        )
    return chunks


def record_chat_usage(span: Span, response: dict[str, Any]) -> None:
    """Put the usage of a chat answer on its span."""
    usage = response.get("usage")
    if usage:
        span.set_token_usage(
            TokenUsage(usage.get("prompt_tokens"), usage.get("completion_tokens"), usage.get("total_tokens"))
        )


class ChatAgent(StandardAgent[ChatAgentResponse, ChatAgentChunk]):
    """An agent that takes and gives chat messages.

    Define any one of `predict`, `predict_stream`, `apredict` and `apredict_stream` (or several); the others are
    derived from it. In the subclass each takes `(messages, context, custom_inputs)`; it is called with those, with a
    request, or with a dict. Responses and chunks may be given as dicts; they are validated. Every call is traced as an
    AGENT span.

    Example:
        >>> class Echo(spanloom.ChatAgent):
        ...     def predict(self, messages, context, custom_inputs):
        ...         return {"messages": [{"role": "assistant", "content": messages[-1].content, "id": "m1"}]}
        >>> Echo().predict({"messages": [{"role": "user", "content": "hi"}]}).messages[0].content
        'hi'
    """

    interface = Interface(
        request_of=_request_of,
        arguments=lambda request: (request.messages, request.context, request.custom_inputs),
        validate_response=validate_chat_agent_response,
        validate_event=validate_chat_agent_chunk,
        reducer=ChatAgentReducer,
        events=_chunks,
        describe=describe_context,
        record=record_chat_usage,
    )
