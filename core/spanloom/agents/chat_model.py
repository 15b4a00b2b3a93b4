"""The standard agent that speaks OpenAI's chat completions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from spanloom.agents.chat_agent import record_chat_usage
from spanloom.agents.interface import Interface
from spanloom.agents.standard_agent import StandardAgent
from spanloom.errors import SchemaError
from spanloom.schemas.chat_model import (
    ChatChoiceDelta,
    ChatChunkChoice,
    ChatCompletionChunk,
    ChatCompletionRequest,
    ChatCompletionResponse,
    ChatParams,
)
from spanloom.schemas.chat_reduce import ChatCompletionReducer
from spanloom.schemas.chat_tools import ToolCallDelta
from spanloom.schemas.validation import validate
from spanloom.tracing.span import Span

__all__ = ["ChatModel"]


def _request_of(args: tuple[Any, ...], fields: dict[str, Any]) -> ChatCompletionRequest:
    if len(args) == 1 and not fields and isinstance(args[0], Mapping | BaseModel):
        return validate(args[0], ChatCompletionRequest)
    given = dict(fields)
    params = given.pop("params", None)
    positional = [value for value in args if value is not None]  # MLflow's first argument, the context, may be None
    if positional and "messages" not in given:
        given["messages"] = positional.pop(0)
    if positional and params is None:
        params = positional.pop(0)
    if positional or "messages" not in given:
        raise SchemaError(
            "a chat model takes predict({'messages': [...]}) or predict(messages=[...], params={...}); "
            f"got {len(args)} positional arguments and {', '.join(fields) or 'no keywords'}"
        )
    parameters = params.model_dump() if isinstance(params, BaseModel) else dict(params or {})
    return validate({**parameters, **given}, ChatCompletionRequest)


def _arguments(request: ChatCompletionRequest) -> tuple[Any, ...]:
    return None, request.messages, ChatParams.model_validate(request.model_dump(exclude={"messages"}))


def _chunks(response: ChatCompletionResponse) -> list[ChatCompletionChunk]:
    """Write a whole completion as a stream: one chunk, which says all."""
    choices = []
    for choice in response.choices:
        message = choice.message.model_dump()
        calls = [ToolCallDelta(index=index, **call) for index, call in enumerate(message.pop("tool_calls", ()))]
        delta = ChatChoiceDelta(**message, tool_calls=calls or None)
        choices.append(ChatChunkChoice(delta=delta, index=choice.index, finish_reason=choice.finish_reason))
    shared = response.model_dump(include={"id", "model", "created", "usage", "custom_outputs"})
    return [ChatCompletionChunk(choices=choices, **shared)]


def _describe(_span: Span, _request: ChatCompletionRequest) -> None:
    """A chat completion names no conversation."""


class ChatModel(StandardAgent[ChatCompletionResponse, ChatCompletionChunk]):
    """A model, or an agent, behind OpenAI's chat completion schema.

    Define any one of `predict`, `predict_stream`, `apredict` and `apredict_stream` (or several); the others are
    derived from it. In the subclass each takes `(context, messages, params)`, where `context` is `None` (it is there
    for models written for MLflow); it is called with a request, a dict, or `messages=` and `params=`. Completions and
    chunks may be given as dicts; they are validated. Every call is traced as an AGENT span.

    Example:
        >>> class Echo(spanloom.ChatModel):
        ...     def predict(self, context, messages, params):
        ...         return {"choices": [{"message": {"role": "assistant", "content": messages[-1].content}}]}
        >>> Echo().predict(messages=[{"role": "user", "content": "hi"}]).choices[0].message.content
        'hi'
    """

    interface = Interface(
        request_of=_request_of,
        arguments=_arguments,
        validate_response=lambda value: validate(value, ChatCompletionResponse),
        validate_event=lambda value: validate(value, ChatCompletionChunk),
        reducer=ChatCompletionReducer,
        events=_chunks,
        describe=_describe,
        record=record_chat_usage,
    )
