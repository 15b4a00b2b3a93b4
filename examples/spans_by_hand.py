"""Spans by hand: functions, generators, blocks. Needs no extra: `python examples/spans_by_hand.py`."""

from __future__ import annotations

from collections.abc import Iterator

import spanloom
from spanloom import SpanType, TokenUsage
from spanloom.testing import outline


@spanloom.trace(span_type=SpanType.RETRIEVER)
def search(query: str) -> list[str]:
    return [f"a document about {query}"]


@spanloom.trace(span_type=SpanType.CHAT_MODEL, output_reducer="".join)
def answer(question: str) -> Iterator[str]:
    yield from (f"{question.split()[2].title()} ", "purr.")
    span = spanloom.get_current_active_span()
    if span is not None:
        span.set_token_usage(TokenUsage(input_tokens=12, output_tokens=3))


with spanloom.start_span("assistant", span_type=SpanType.AGENT) as agent_span:
    agent_span.set_inputs({"messages": [{"role": "user", "content": "What do cats do?"}]})
    spanloom.update_current_trace(session_id="example", tags={"kind": "example"})
    search("cats")
    agent_span.set_outputs("".join(answer("What do cats do?")))

trace_id = spanloom.get_last_active_trace_id()
trace = spanloom.get_trace(trace_id) if trace_id else None
if trace is not None:
    print(outline(trace))
    print(trace.info.request_preview, "->", trace.info.response_preview)
