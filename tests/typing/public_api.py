"""What users write, as type checkers see it. Checked, not run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import assert_type

import spanloom
from spanloom.schemas import ResponsesAgentRequest, ResponsesAgentResponse, ResponsesAgentStreamEvent


@spanloom.trace
def plain(x: int) -> str:
    return str(x)


@spanloom.trace(name="named", span_type=spanloom.SpanType.TOOL)
async def awaited(x: int) -> str:
    return str(x)


@spanloom.trace
def stream(x: int) -> Iterator[int]:
    yield x


class Agent(spanloom.ResponsesAgent):
    def predict(self, request: ResponsesAgentRequest) -> ResponsesAgentResponse:
        return ResponsesAgentResponse(output=[])

    async def apredict_stream(self, request: ResponsesAgentRequest) -> AsyncIterator[ResponsesAgentStreamEvent]:
        yield ResponsesAgentStreamEvent(type="response.output_text.delta", item_id="m", delta="d")


async def use() -> None:
    assert_type(plain(1), str)
    assert_type(await awaited(1), str)
    assert_type(stream(1), Iterator[int])
    with spanloom.start_span("name") as span:
        assert_type(span, spanloom.Span)
    trace = spanloom.get_trace("id")
    assert_type(trace, spanloom.Trace | None)
    agent = spanloom.wrap(object())
    assert_type(agent, spanloom.ResponsesAgent)
    assert_type(agent.predict(input="hi").output_text, str)
    for event in agent.predict_stream({"input": "hi"}):
        assert_type(event, ResponsesAgentStreamEvent)
    async for event in agent.apredict_stream({"input": "hi"}):
        assert_type(event.type, str)
    spanloom.configure(redact=["password"])
    spanloom.autolog("openai", disable=True)
