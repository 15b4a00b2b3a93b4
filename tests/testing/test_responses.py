from __future__ import annotations

import openai
import pytest
from openai import OpenAI
from openai.types.responses import ResponseStreamEvent
from pydantic import BaseModel, TypeAdapter

from spanloom.testing import ErrorReply, ProviderServer, Reply, ToolCall, Usage

ASK = {"model": "gpt-test", "input": "What is the weather?"}
EVENT = TypeAdapter(ResponseStreamEvent)
TOOL = {"type": "function", "name": "get_weather", "parameters": {"type": "object", "properties": {}}, "strict": None}
EVERYTHING = Reply(
    "Let me look.",
    reasoning="Two cities, two calls.",
    tool_calls=[ToolCall("get_weather", {"city": "Paris"}, id="call_paris"), ToolCall("get_weather", {"city": "Oslo"})],
)


class Weather(BaseModel):
    city: str
    degrees: int


def streamed(client: OpenAI) -> list[ResponseStreamEvent]:
    """All events, each accepted by the client's own type with nothing coerced, and numbered without gaps."""
    events = list(client.responses.create(**ASK, stream=True))
    for event in events:
        EVENT.validate_json(event.model_dump_json(), strict=True)
    assert [event.sequence_number for event in events] == list(range(len(events)))
    return events


def without_deltas(events: list[ResponseStreamEvent]) -> list[str]:
    return [event.type.removeprefix("response.") for event in events if not event.type.endswith(".delta")]


def test_a_string_input_is_echoed_without_a_script(client: OpenAI):
    assert client.responses.create(**ASK).output_text == "echo: What is the weather?"


def test_a_whole_response_holds_reasoning_message_and_calls_in_order(server: ProviderServer, client: OpenAI):
    server.script([EVERYTHING])
    response = client.responses.create(**ASK, instructions="Be brief.", tools=[TOOL], metadata={"team": "a"})
    type(response).model_validate_json(response.model_dump_json(), strict=True)
    assert [item.type for item in response.output] == ["reasoning", "message", "function_call", "function_call"]
    assert response.output[0].summary[0].text == "Two cities, two calls."
    assert response.output_text == "Let me look."
    assert response.output[2].call_id == "call_paris"
    assert response.output[3].arguments == '{"city": "Oslo"}'
    assert (response.status, response.instructions, response.metadata) == ("completed", "Be brief.", {"team": "a"})
    assert response.usage.input_tokens == 6
    assert response.usage.output_tokens_details.reasoning_tokens == 4


def test_usage_can_be_scripted(server: ProviderServer, client: OpenAI):
    server.script([Reply("x", usage=Usage(100, 20, cached_tokens=60, cache_write_tokens=40, reasoning_tokens=5))])
    usage = client.responses.create(**ASK).usage
    assert usage.to_dict() == {
        "input_tokens": 100,
        "input_tokens_details": {"cached_tokens": 60, "cache_write_tokens": 40},
        "output_tokens": 20,
        "output_tokens_details": {"reasoning_tokens": 5},
        "total_tokens": 120,
    }


def test_a_streamed_text_follows_the_event_grammar(server: ProviderServer, client: OpenAI):
    server.script([Reply("It is sunny.")])
    events = streamed(client)
    assert [event.type.removeprefix("response.") for event in events] == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    assert [event.delta for event in events[4:7]] == ["It ", "is ", "sunny."]
    assert events[7].text == "It is sunny."
    assert {event.item_id for event in events[3:9]} == {events[2].item.id}
    assert events[-1].response.output == [events[9].item]
    assert events[0].response.id == events[-1].response.id


def test_the_raw_stream_has_event_and_data_lines(server: ProviderServer, client: OpenAI):
    server.script([Reply("hi")])
    with client.responses.with_streaming_response.create(**ASK, stream=True) as response:
        lines = [line for line in response.iter_lines() if line]
    assert lines[0] == "event: response.created"
    assert lines[1].startswith('data: {"type":"response.created","sequence_number":0,')
    assert lines[-2] == "event: response.completed"


@pytest.mark.parametrize("interleave", [False, True])
def test_a_streamed_response_announces_and_finishes_every_item(
    server: ProviderServer, client: OpenAI, interleave: bool
):
    reply = Reply(EVERYTHING.text, EVERYTHING.tool_calls, EVERYTHING.reasoning, interleave=interleave)
    server.script([reply])
    events = streamed(client)
    call = ["function_call_arguments.done", "output_item.done"]
    added = ["output_item.added"]
    assert without_deltas(events) == [
        *("created", "in_progress"),
        *("output_item.added", "reasoning_summary_part.added", "reasoning_summary_text.done"),
        *("reasoning_summary_part.done", "output_item.done"),
        *("output_item.added", "content_part.added", "output_text.done", "content_part.done", "output_item.done"),
        *([*added, *added, *call, *call] if interleave else [*added, *call, *added, *call]),
        "completed",
    ]
    fragments = [event for event in events if event.type == "response.function_call_arguments.delta"]
    order = [event.output_index for event in fragments]
    assert (order == sorted(order)) is not interleave
    for index, arguments in ((2, '{"city": "Paris"}'), (3, '{"city": "Oslo"}')):
        assert "".join(event.delta for event in fragments if event.output_index == index) == arguments
        assert order.count(index) >= 2


def test_a_refusal_is_a_content_part_of_its_own(server: ProviderServer, client: OpenAI):
    server.script([Reply(refusal="I can't do that.")] * 2)
    part = client.responses.create(**ASK).output[0].content[0]
    assert (part.type, part.refusal) == ("refusal", "I can't do that.")
    events = streamed(client)
    assert "".join(event.delta for event in events if event.type == "response.refusal.delta") == "I can't do that."
    assert without_deltas(events)[3:6] == ["content_part.added", "refusal.done", "content_part.done"]


@pytest.mark.parametrize("arguments", ['{"city": "Par', "not json", ""])
def test_bad_tool_arguments_arrive_as_written(server: ProviderServer, client: OpenAI, arguments: str):
    server.script([Reply(tool_calls=[ToolCall("get_weather", arguments)])] * 2)
    assert client.responses.create(**ASK).output[0].arguments == arguments
    deltas = [event.delta for event in streamed(client) if event.type == "response.function_call_arguments.delta"]
    assert "".join(deltas) == arguments


@pytest.mark.parametrize(
    ("finish_reason", "reason"), [("length", "max_output_tokens"), ("content_filter", "content_filter")]
)
def test_length_and_content_filter_leave_the_response_incomplete(
    server: ProviderServer, client: OpenAI, finish_reason: str, reason: str
):
    server.script([Reply("It is", finish_reason=finish_reason)] * 2)
    response = client.responses.create(**ASK)
    assert (response.status, response.incomplete_details.reason) == ("incomplete", reason)
    assert response.output[0].status == "incomplete"
    last = streamed(client)[-1]
    assert (last.type, last.response.incomplete_details.reason) == ("response.incomplete", reason)


def test_structured_output_parses_whole_and_streamed(server: ProviderServer, client: OpenAI):
    paris = Weather(city="Paris", degrees=21)
    server.script([Reply(paris.model_dump_json())] * 2)
    assert client.responses.parse(**ASK, text_format=Weather).output_parsed == paris
    with client.responses.stream(**ASK, text_format=Weather) as stream:
        assert stream.get_final_response().output_parsed == paris


def test_a_stream_that_fails_in_band_ends_with_response_failed(server: ProviderServer, client: OpenAI):
    error = ErrorReply(500, "overloaded")
    server.script([Reply("two words", reasoning="think", break_after=2, break_with=error)] * 2)
    events = streamed(client)
    assert [event.type for event in events[-3:]] == ["response.output_text.delta", "error", "response.failed"]
    assert events[-2].message == "overloaded"
    failed = events[-1].response
    assert (failed.status, failed.error.code, failed.error.message) == ("failed", "server_error", "overloaded")
    assert [item.type for item in failed.output] == ["reasoning"]
    with pytest.raises(openai.InternalServerError, match="overloaded"):
        client.responses.create(**ASK)
