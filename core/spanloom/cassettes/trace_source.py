"""Answering from a stored trace: its model calls on whichever wire they are asked now, and its tool calls."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import orjson

from spanloom.cassettes.conversation import conversation
from spanloom.cassettes.interactions import Interaction, Request
from spanloom.cassettes.player import Player
from spanloom.cassettes.report import ReplayError
from spanloom.testing.provider.replies import Reply, ToolCall, Usage
from spanloom.testing.provider.wires import wire_of
from spanloom.tracing import attributes
from spanloom.tracing.traces import ReadableSpan, Trace
from spanloom.tracing.vocabulary import SpanType

__all__ = ["TracePlayer"]

_WIRES = ("/v1/chat/completions", "/v1/responses", "/v1/messages")


class TracePlayer(Player):
    """Plays the model and tool calls of a trace.

    A trace keeps what was said, not the bytes: a model is found by the conversation that it is given, and its answer
    is put in the provider's form anew.

    Raises:
        ReplayError: If the trace has no such call, or its content was not captured or cut.
    """

    def __init__(self, trace: Trace, redact: Callable[..., Any]) -> None:
        spans = sorted(trace.data.spans, key=lambda span: span.start_time_ns)
        self._replies: dict[int, Reply] = {}
        interactions: list[Interaction] = []
        for span in spans:
            number = len(interactions) + 1
            if span.span_type == SpanType.TOOL:
                interactions.append(_tool_call(number, span))
            elif span.span_type == SpanType.CHAT_MODEL and span.status != "ERROR":
                self._replies[number] = _reply(span)
                messages = _content(span, span.inputs)["messages"]
                interactions.append(Interaction(number, _model_call({"messages": messages})))
        if not interactions:
            raise ReplayError(f"the trace {trace.info.trace_id} has no model and no tool call that could be replayed")
        super().__init__(interactions, redact)

    def find(self, request: Request) -> Interaction:
        """Take the answer, put in the form of the wire that is asked on."""
        wire = next((path for path in _WIRES if request.name.endswith(path.removeprefix("/v1"))), None)
        if request.kind == "tool" or wire is None or not isinstance(request.content, dict):
            return super().find(request)
        found = super().find(_model_call(request.content))
        return replace(found, response=_rendered(self._replies[found.number], wire, request.content))


def _model_call(body: Mapping[str, Any]) -> Request:
    return Request("http", "model call", {"turns": conversation(body)})


def _rendered(reply: Reply, path: str, body: dict[str, Any]) -> dict[str, Any]:
    make_answer = wire_of(path).answer
    assert make_answer is not None
    answer = make_answer(reply, body)
    if body.get("stream"):
        events = [frame.data.decode() for frame in answer.frames()]
        return {"status": 200, "headers": {"content-type": "text/event-stream; charset=utf-8"}, "events": events}
    return {"status": 200, "headers": {"content-type": "application/json"}, "json": answer.whole()}


def _reply(span: ReadableSpan) -> Reply:
    message = _content(span, span.outputs)["messages"][0]
    usage = span.token_usage
    calls = [(call.get("function", call), call.get("id")) for call in message.get("tool_calls") or ()]
    reasons = span.attributes.get(attributes.FINISH_REASONS) or [None]
    return Reply(
        message.get("content") or None,
        [ToolCall(function["name"], function.get("arguments") or "{}", call_id) for function, call_id in calls],
        reasoning=message.get("reasoning_content"),
        refusal=message.get("refusal"),
        finish_reason=reasons[0] if reasons[0] in ("length", "content_filter") else None,
        usage=Usage(usage.input_tokens or 0, usage.output_tokens or 0) if usage is not None else None,
        model=span.attributes.get(attributes.RESPONSE_MODEL),
    )


def _tool_call(number: int, span: ReadableSpan) -> Interaction:
    name = span.attributes.get(attributes.TOOL_NAME, span.name)
    if span.status == "ERROR":
        error = {"type": "spanloom.cassettes.values:RecordedToolError", "args": [span.status_message]}
        response: dict[str, Any] = {"error": {**error, "message": span.status_message}}
    else:
        response = {"output": _whole(span, span.outputs)}
    arguments = _whole(span, span.inputs)
    return Interaction(number, Request("tool", name, arguments if isinstance(arguments, dict) else {}), response)


def _content(span: ReadableSpan, content: Any) -> Any:
    if not isinstance(content, dict) or not content.get("messages"):
        what = orjson.dumps(content).decode()[:100]
        raise ReplayError(
            f"the model call {span.name!r} of this trace can't be replayed: its content was not captured as messages, "
            f"but as {what}; see spanloom.configure(capture_content=)"
        )
    return _whole(span, content)


_CUT = re.compile(r"… \[cut: (\d+ more (characters|items)|nested deeper than \d+)\]")
"""The markers of `spanloom.tracing.snapshot`."""


def _whole(span: ReadableSpan, content: Any) -> Any:
    if _CUT.search(orjson.dumps(content).decode()):
        raise ReplayError(
            f"the call {span.name!r} of this trace can't be replayed: its content was cut; "
            "see spanloom.configure(max_payload_bytes=), or make a cassette by spanloom.record"
        )
    return content
