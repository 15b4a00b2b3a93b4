"""What comes out: text, calls and their results, reasoning, refusals, structured output, usage."""

from __future__ import annotations

import asyncio
import json

from spanloom.testing.adapter_conformance.case import Case
from spanloom.testing.adapter_conformance.driver import Forecast
from spanloom.testing.adapter_conformance.scenario import scenario
from spanloom.testing.provider.replies import Reply, ToolCall, Usage

__all__ = ["ANSWER", "CALL", "get_weather"]

CALL = Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"})], usage=Usage(10, 4))
ANSWER = Reply("It is sunny.", usage=Usage(30, 5))


def get_weather(city: str) -> str:
    """Tell the weather."""
    return f"sunny in {city}"


@scenario()
def text(case: Case) -> None:
    """A text, in pieces where it is streamed, and its tokens."""
    server = case.server(Reply("It is sunny.", usage=Usage(12, 5, cached_tokens=4, reasoning_tokens=2)))
    answer = case.expect(case.ask(case.agent(server), "How is the weather?"), ("text", "It is sunny."))
    assert answer.finish == "completed"
    assert answer.deltas or not case.way.streaming, "at least one delta was expected"
    if not case.lacks("usage"):
        assert answer.usage == (12, 5), answer.usage
    if case.way.schema == "responses" and not case.lacks("usage", "usage_details"):
        usage = answer.body["usage"]
        assert usage["input_tokens_details"]["cached_tokens"] == 4, usage  # noqa: PLR2004 - as scripted
        assert usage["output_tokens_details"]["reasoning_tokens"] == 2, usage  # noqa: PLR2004 - as scripted


@scenario("tools")
def tool_call(case: Case) -> None:
    """A call, its result, the answer; tokens of both model calls."""
    answer = case.ask(case.agent(case.server(CALL, ANSWER), get_weather), "Paris?")
    case.expect(
        answer,
        ("call", "get_weather", {"city": "Paris"}),
        ("result", "get_weather", "sunny in Paris"),
        ("text", "It is sunny."),
    )
    if not case.lacks("usage"):
        assert answer.usage == (40, 9), answer.usage


@scenario("tools", "async_tools")
def parallel_tools(case: Case) -> None:
    """Two calls at once, the first of which finishes last: results belong to their calls, not to their places."""
    oslo = asyncio.Event()

    async def get_weather(city: str) -> str:
        """Tell the weather."""
        if city == "Oslo":
            oslo.set()
        else:
            try:
                await asyncio.wait_for(oslo.wait(), 0.5)  # where calls run one after the other it never comes
            except TimeoutError:
                return f"sunny in {city}"
        return f"sunny in {city}"

    calls = [ToolCall("get_weather", {"city": city}) for city in ("Paris", "Oslo")]
    answer = case.ask(case.agent(case.server(Reply(tool_calls=calls), ANSWER), get_weather), "Paris and Oslo?")
    body = answer.body
    if case.way.schema == "responses":
        called = {item["call_id"]: item["arguments"] for item in body["output"] if item["type"] == "function_call"}
        outputs = [item for item in body["output"] if item["type"] == "function_call_output"]
        pairs = {json.loads(called[item["call_id"]])["city"]: str(item["output"]) for item in outputs}
    else:
        calls_made = [call for message in body["messages"] for call in message.get("tool_calls") or ()]
        called = {call["id"]: call["function"]["arguments"] for call in calls_made}
        results = [message for message in body["messages"] if message["role"] == "tool"]
        pairs = {json.loads(called[message["tool_call_id"]])["city"]: message["content"] for message in results}
    assert {city: f"sunny in {city}" in output for city, output in pairs.items()} == {"Paris": True, "Oslo": True}, (
        pairs
    )
    assert answer.text == "It is sunny."


@scenario("reasoning")
def reasoning(case: Case) -> None:
    """What the model thinks comes before what it says."""
    answer = case.ask(case.agent(case.server(Reply("It is sunny.", reasoning="Look at the sky."))), "Paris?")
    case.expect(answer, ("reasoning", "Look at the sky."), ("text", "It is sunny."))


@scenario("refusal")
def refusal(case: Case) -> None:
    """A model that refuses."""
    answer = case.ask(case.agent(case.server(Reply(refusal="I can't help with that."))), "Paris?")
    case.expect(answer, ("refusal", "I can't help with that."))


@scenario("structured_output")
def structured_output(case: Case) -> None:
    """An answer of a type: as JSON text, and as a value in the custom outputs."""
    forecast = Forecast(city="Paris", celsius=21)
    agent = case.agent(case.server(Reply(forecast.model_dump_json())), output_type=Forecast)
    answer = case.ask(agent, "Paris?")
    assert json.loads(answer.text) == forecast.model_dump(), answer.parts
    assert answer.custom_outputs["structured_response"] == forecast.model_dump(), answer.custom_outputs


@scenario("finish_reasons")
def cut_off(case: Case) -> None:
    """A text that was cut off at the model's limit is incomplete."""
    answer = case.ask(case.agent(case.server(Reply("It is", finish_reason="length"))), "Paris?")
    case.expect(answer, ("text", "It is"))
    assert answer.finish == "max_output_tokens", answer.finish


@scenario("finish_reasons")
def filtered(case: Case) -> None:
    """Likewise one that the provider's filter stopped."""
    answer = case.ask(case.agent(case.server(Reply("It is", finish_reason="content_filter"))), "Paris?")
    case.expect(answer, ("text", "It is"))
    assert answer.finish == "content_filter", answer.finish


@scenario("tools", "max_turns")
def too_many_turns(case: Case) -> None:
    """An agent that never comes to an end is stopped by its framework."""
    server = case.server(script=lambda _: CALL)
    answer = case.ask(case.agent(server, get_weather, max_turns=2), "Paris?")
    assert answer.finish == "max_turns", answer.finish
    assert ("call", "get_weather", {"city": "Paris"}) in answer.parts, answer.parts
