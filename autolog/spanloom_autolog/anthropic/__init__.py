"""Autologging for the official Anthropic client: messages, whole and streamed, and their beta.

The resource methods are patched, synchronous and asynchronous. Of the clients for other platforms, those for Bedrock
and Vertex AI have classes of their own for the beta, with the same methods. What runs on top (`tool_runner()`,
`thread()`) calls these methods and needs no patch of its own.
"""

from __future__ import annotations

from spanloom.instrument import CallHandler, Patch, Plugin
from spanloom.tracing.vocabulary import SpanType
from spanloom_autolog.anthropic import request, result
from spanloom_autolog.anthropic.managers import observe_when_entered
from spanloom_autolog.anthropic.streams import attach, event_reader
from spanloom_autolog.clients.requests import span_name

__all__ = ["plugin"]

_NAME = "anthropic"

_messages = CallHandler(
    span_type=SpanType.CHAT_MODEL,
    name=span_name("chat"),
    inputs=request.inputs,
    attributes=request.request_attributes,
    result=result.answer,
    outputs=result.outputs,
    usage=result.usage,
    result_attributes=result.result_attributes,
    stream_reader=event_reader,
    attach=attach,
    client=True,
)

_stream = observe_when_entered(_NAME, _messages)

_MESSAGES = "anthropic.resources.messages.messages"
_BETA_MESSAGES = "anthropic.resources.beta.messages.messages"
_BEDROCK_BETA_MESSAGES = "anthropic.lib.bedrock._beta_messages"
_VERTEX_BETA_MESSAGES = "anthropic.lib.vertex._beta_messages"

plugin = Plugin(
    name=_NAME,
    package="anthropic",
    requires=">=1.0,<3",
    patches=tuple(
        Patch(module, target, handler)
        for module in (_MESSAGES, _BETA_MESSAGES, _BEDROCK_BETA_MESSAGES, _VERTEX_BETA_MESSAGES)
        for target, handler in (
            ("Messages.create", _messages),
            ("Messages.parse", _messages),
            ("Messages.stream", _stream),
            ("AsyncMessages.create", _messages),
            ("AsyncMessages.parse", _messages),
            ("AsyncMessages.stream", _stream),
        )
    ),
)
