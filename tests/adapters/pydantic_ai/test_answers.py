"""What comes out of a run."""

from __future__ import annotations

import pytest
from pydantic import BaseModel
from pydantic_ai import BinaryContent, ModelRetry

from spanloom.testing import Reply, ToolCall
from spanloom.testing.provider.replies import Usage


class Forecast(BaseModel):
    city: str
    degrees: int


PARIS = {"city": "Paris", "degrees": 21}


def get_weather(city: str) -> str:
    """Tell the weather."""
    if city == "nowhere":
        raise ModelRetry("no such city")
    return f"sunny in {city}"


@pytest.fixture(params=[True, False], ids=["streamed", "whole"])
def stream(request) -> bool:
    return request.param


def test_every_turn_is_a_message_and_calls_are_paired(server, agent, ask, shape, stream):
    calls = [ToolCall("get_weather", {"city": city}, f"call_{city}") for city in ("Paris", "Oslo")]
    server.script([Reply("Let me see.", tool_calls=calls, usage=Usage(10, 4)), Reply("Sunny.", usage=Usage(20, 2))])
    response = ask(agent(get_weather, wrap_stream=stream), input="Paris and Oslo?")
    items = [item.model_dump() for item in response.output]
    assert [kind for kind, _ in shape(response)] == ["message", "call", "call", "output", "output", "message"]
    assert [item["call_id"] for item in items[1:3]] == ["call_Paris", "call_Oslo"]
    outputs = {item["call_id"]: item["output"] for item in items[3:5]}
    assert outputs == {"call_Paris": "sunny in Paris", "call_Oslo": "sunny in Oslo"}
    assert (response.usage.input_tokens, response.usage.output_tokens) == (30, 6)


def test_the_first_words_are_a_delta(server, agent):
    server.script([Reply("one two three")])
    events = agent().predict_stream(input="Count.")
    assert [event.delta for event in events if event.type == "response.output_text.delta"] == ["one ", "two ", "three"]


def test_calls_of_output_tools_are_the_answer(server, agent, ask, shape, stream):
    server.script(
        [
            Reply(tool_calls=[ToolCall("final_result", {"city": "Paris"})]),
            Reply("Here:", tool_calls=[ToolCall("get_weather", {"city": "Paris"}), ToolCall("final_result", PARIS)]),
        ]
    )
    response = ask(agent(get_weather, output_type=Forecast, wrap_stream=stream), input="Paris?")
    assert shape(response) == [
        ("message", "Here:"),
        ("call", '{"city": "Paris"}'),
        ("output", "sunny in Paris"),
        ("message", '{"city": "Paris", "degrees": 21}'),
    ]
    assert response.custom_outputs == {"structured_response": PARIS}


def test_text_of_an_output_function_is_said(server, agent, ask, shape):
    def shout(text: str) -> str:
        return text.upper()

    server.script([Reply(tool_calls=[ToolCall("final_result", {"text": "hello"})])])
    response = ask(agent(output_type=shout), input="hi")
    assert (shape(response), response.custom_outputs) == ([("message", "HELLO")], None)


def test_what_went_wrong_in_a_tool_is_its_output_and_marked(server, agent, ask, shape):
    calls = [ToolCall("get_weather", {"city": "nowhere"}, "c1"), ToolCall("no_tool", {}, "c2")]
    server.script([Reply(tool_calls=calls), Reply("Sorry.")])
    response = ask(agent(get_weather), input="nowhere?")
    outputs = [text for kind, text in shape(response) if kind == "output"]
    assert any("no such city" in text for text in outputs)
    assert any("Unknown tool" in text for text in outputs)
    assert sorted(response.custom_outputs["tool_errors"]) == ["c1", "c2"]


def test_a_tool_may_give_values_and_pictures(server, agent, ask, shape):
    def measure() -> dict[str, int]:
        return {"degrees": 21}

    def draw() -> list:
        return ["a map", BinaryContent(b"map", media_type="image/png")]

    server.script([Reply(tool_calls=[ToolCall("measure"), ToolCall("draw")]), Reply("Done.")])
    values = [value for kind, value in shape(ask(agent(measure, draw), input="go")) if kind == "output"]
    assert '{"degrees":21}' in values
    (parts,) = [value for value in values if isinstance(value, list)]
    assert "a map" in parts[0]["text"]
    assert parts[1] == {"type": "input_image", "image_url": "data:image/png;base64,bWFw", "detail": "auto"}


@pytest.mark.parametrize("wire", ["chat", "responses"])
def test_reasoning_goes_back_to_where_it_came_from(server, agent, ask, shape, wire):
    wx = agent(wire=wire)
    server.script([Reply("Sunny.", reasoning="Look up."), Reply("Yes.")])
    context = {"conversation_id": "c1"}
    response = ask(wx, input="Paris?", context=context)
    assert shape(response) == [("reasoning", "Look up."), ("message", "Sunny.")]
    ask(wx, input="Sure?", context=context)
    sent = server.requests[-1].body
    if wire == "chat":
        assert [message.get("reasoning_content") for message in sent["messages"]] == [None, "Look up.", None]
    else:
        # Each with the id that the provider gave it.
        assert [(item["type"], item["id"]) for item in sent["input"][1:3]] == [
            (item.type, item.id) for item in response.output
        ]
