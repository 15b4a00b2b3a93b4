"""Autologging for the official OpenAI client: chat completions, responses, legacy completions and embeddings.

The resource methods are patched, synchronous and asynchronous. `client.chat.completions.stream()` and
`client.responses.stream()` call `create(stream=True)` and need no patch of their own; `parse()` does not and gets one.
"""

from __future__ import annotations

from spanloom.instrument import CallHandler, Patch, Plugin
from spanloom.tracing.vocabulary import SpanType
from spanloom_autolog.clients.requests import span_name
from spanloom_autolog.openai import chat, completions, embeddings, responses
from spanloom_autolog.openai.request import request_attributes
from spanloom_autolog.openai.result import answer
from spanloom_autolog.openai.streams import attach

__all__ = ["plugin"]

_chat = CallHandler(
    span_type=SpanType.CHAT_MODEL,
    name=span_name("chat"),
    inputs=chat.inputs,
    attributes=request_attributes,
    result=answer,
    outputs=chat.outputs,
    usage=chat.usage,
    result_attributes=chat.result_attributes,
    stream_reader=chat.ChunkReader,
    attach=attach,
    client=True,
)

_responses = _chat._replace(
    inputs=responses.inputs,
    outputs=responses.outputs,
    usage=responses.usage,
    result_attributes=responses.result_attributes,
    failure=responses.failure,
    stream_reader=responses.event_reader,
)

_completions = _chat._replace(
    span_type=SpanType.LLM,
    name=span_name("text_completion"),
    inputs=completions.inputs,
    outputs=completions.outputs,
    stream_reader=completions.ChunkReader,
)

_embeddings = _chat._replace(
    span_type=SpanType.EMBEDDING,
    name=span_name("embeddings"),
    inputs=embeddings.inputs,
    outputs=embeddings.outputs,
    result_attributes=embeddings.result_attributes,
    attach=None,
)

_CHAT = "openai.resources.chat.completions.completions"
_RESPONSES = "openai.resources.responses.responses"
_BETA_RESPONSES = "openai.resources.beta.responses.responses"
_COMPLETIONS = "openai.resources.completions"
_EMBEDDINGS = "openai.resources.embeddings"

plugin = Plugin(
    name="openai",
    package="openai",
    requires=">=2.40,<4",
    patches=(
        Patch(_CHAT, "Completions.create", _chat),
        Patch(_CHAT, "Completions.parse", _chat),
        Patch(_CHAT, "AsyncCompletions.create", _chat),
        Patch(_CHAT, "AsyncCompletions.parse", _chat),
        Patch(_RESPONSES, "Responses.create", _responses),
        Patch(_RESPONSES, "Responses.parse", _responses),
        Patch(_RESPONSES, "AsyncResponses.create", _responses),
        Patch(_RESPONSES, "AsyncResponses.parse", _responses),
        Patch(_BETA_RESPONSES, "Responses.create", _responses),
        Patch(_BETA_RESPONSES, "AsyncResponses.create", _responses),
        Patch(_COMPLETIONS, "Completions.create", _completions),
        Patch(_COMPLETIONS, "AsyncCompletions.create", _completions),
        Patch(_EMBEDDINGS, "Embeddings.create", _embeddings),
        Patch(_EMBEDDINGS, "AsyncEmbeddings.create", _embeddings),
    ),
)
