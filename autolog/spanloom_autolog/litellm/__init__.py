"""Autologging for LiteLLM: completions, responses, text completions and embeddings, also through its `Router`.

The public functions are observed, wherever they were imported to: all routes (`Router`, frameworks, retries, caches,
the native engine) pass them, in the caller's context, and what they return knows its cost. LiteLLM's own callbacks come
late and in other threads, and never for a stream that is abandoned.
"""

from __future__ import annotations

from spanloom.instrument import CallHandler, Patch, Plugin
from spanloom.tracing.vocabulary import SpanType
from spanloom_autolog.litellm import chat, completions, embeddings, responses
from spanloom_autolog.litellm.calls import observed, observed_async
from spanloom_autolog.litellm.request import Function
from spanloom_autolog.litellm.result import attach_stream

__all__ = ["plugin"]

_chat = Function("chat", ("model", "messages"))
_completion = CallHandler(
    span_type=SpanType.CHAT_MODEL,
    name=_chat.span_name,
    inputs=chat.inputs(_chat),
    attributes=_chat.attributes,
    outputs=chat.outputs,
    usage=chat.usage,
    result_attributes=chat.result_attributes,
    attach=attach_stream(chat.ChunkReader),
    client=True,
)

_respond = Function("chat", ("input", "model"))
_responses = _completion._replace(
    name=_respond.span_name,
    inputs=responses.inputs(_respond),
    attributes=_respond.attributes,
    outputs=responses.outputs,
    usage=responses.usage,
    result_attributes=responses.result_attributes,
    failure=responses.failure,
    attach=attach_stream(responses.event_reader),
)

_complete_text = Function("text_completion", ("prompt", "model"))
_text_completion = _completion._replace(
    span_type=SpanType.LLM,
    name=_complete_text.span_name,
    inputs=_complete_text.parameters,
    attributes=_complete_text.attributes,
    outputs=completions.outputs,
    attach=attach_stream(completions.ChunkReader),
)

_embed = Function("embeddings", ("model", "input"))
_embedding = _completion._replace(
    span_type=SpanType.EMBEDDING,
    name=_embed.span_name,
    inputs=_embed.parameters,
    attributes=_embed.attributes,
    outputs=embeddings.outputs,
    result_attributes=embeddings.result_attributes,
    attach=None,
)

plugin = Plugin(
    name="litellm",
    package="litellm",
    requires=">=1.80,<2",
    patches=(
        Patch("litellm", "completion", observed(_completion)),
        Patch("litellm", "acompletion", observed_async(_completion)),
        Patch("litellm", "responses", observed(_responses)),
        Patch("litellm", "aresponses", observed_async(_responses)),
        Patch("litellm", "text_completion", observed(_text_completion)),
        Patch("litellm", "atext_completion", observed_async(_text_completion)),
        Patch("litellm", "embedding", observed(_embedding)),
        Patch("litellm", "aembedding", observed_async(_embedding)),
    ),
)
