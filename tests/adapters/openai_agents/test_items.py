"""What comes out of a run."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass
from inspect import signature

import pytest
from agents import (
    GuardrailFunctionOutput,
    InputGuardrailTripwireTriggered,
    Model,
    OutputGuardrailTripwireTriggered,
    WebSearchTool,
    function_tool,
    input_guardrail,
    output_guardrail,
)
from agents.models.chatcmpl_stream_handler import ChatCmplStreamHandler
from openai.types.responses import ResponseStreamEvent
from pydantic import TypeAdapter

import spanloom
from spanloom.schemas.construct import create_response
from spanloom.testing import ErrorReply, Reply, ToolCall, Usage

CALL = Reply("Let me see.", tool_calls=[ToolCall("get_weather", {"city": "Paris"}, id="c1")], usage=Usage(10, 4))
ANSWER = Reply("It is sunny.", usage=Usage(30, 5))


def test_the_agents_of_a_handoff_are_named(server, make_agent, ask, shape, wire):
    server.enqueue(Reply("One moment.", tool_calls=[ToolCall("transfer_to_weather", {})]), ANSWER)
    desk = make_agent(wire, "desk", handoffs=[make_agent(wire, "weather")])
    response = ask(spanloom.wrap(desk), "Paris?").model_dump(exclude_none=True)
    assert shape(response["output"]) == [
        ("desk", "One moment."),
        ("function_call", "transfer_to_weather", "{}"),
        ("function_call_output", '{"assistant": "weather"}'),
        ("weather", "It is sunny."),
    ]
    call, output = response["output"][1:3]
    assert call["call_id"] == output["call_id"]


def test_an_agent_inside_of_a_tool_is_not_heard_but_counted(server, make_agent, ask, shape, wire):
    server.enqueue(
        Reply(tool_calls=[ToolCall("look", {"input": "Paris"})], usage=Usage(10, 4)),
        Reply("sunny there", usage=Usage(7, 3)),
        ANSWER,
    )
    tool = make_agent(wire, "lookout").as_tool("look", "Look out of the window.")
    response = ask(spanloom.wrap(make_agent(wire, tools=[tool])), "Paris?")
    assert shape(response.model_dump()["output"]) == [
        ("function_call", "look", '{"input": "Paris"}'),
        ("function_call_output", "sunny there"),
        (None, "It is sunny."),
    ]
    assert (response.usage.input_tokens, response.usage.output_tokens) == (47, 12)


def test_too_many_turns_keep_what_was_done(server, make_agent, get_weather, ask, shape, wire):
    server.enqueue(CALL)
    response = ask(spanloom.wrap(make_agent(wire, tools=[get_weather]), max_turns=1), "Paris?")
    assert (response.status, response.incomplete_details.reason) == ("incomplete", "max_turns")
    assert shape(response.model_dump()["output"]) == [
        (None, "Let me see."),
        ("function_call", "get_weather", '{"city": "Paris"}'),
        ("function_call_output", "sunny in Paris"),
    ]
    assert response.usage.total_tokens == 14


def test_the_output_of_a_tool_that_ends_the_run_is_the_answer(server, make_agent, get_weather, ask, shape, wire):
    server.enqueue(CALL)
    agent = make_agent(wire, tools=[get_weather], tool_use_behavior="stop_on_first_tool")
    response = ask(spanloom.wrap(agent), "Paris?")
    assert shape(response.model_dump()["output"])[-2:] == [
        ("function_call_output", "sunny in Paris"),
        (None, "sunny in Paris"),
    ]


def test_any_output_type_is_structured_output(server, make_agent, ask, wire):
    @dataclass
    class Forecast:
        city: str
        celsius: int

    text = '{"response": {"city": "Paris", "celsius": 21}}'  # the SDK's wrapping of what is no pydantic model
    server.enqueue(Reply(text), Reply('{"response": ["Paris", "Oslo"]}'))
    first = ask(spanloom.wrap(make_agent(wire, output_type=Forecast)), "Paris?")
    assert first.custom_outputs == {"structured_response": {"city": "Paris", "celsius": 21}}
    assert first.output_text == text
    second = ask(spanloom.wrap(make_agent(wire, output_type=list[str])), "Where?")
    assert second.custom_outputs == {"structured_response": ["Paris", "Oslo"]}


def test_tripwires_of_guardrails_pass(server, make_agent, wire):
    @input_guardrail
    async def no_input(context, agent, given):
        return GuardrailFunctionOutput(None, tripwire_triggered=True)

    @output_guardrail
    async def no_output(context, agent, output):
        return GuardrailFunctionOutput(None, tripwire_triggered=True)

    server.enqueue(ANSWER, ANSWER)
    with pytest.raises(InputGuardrailTripwireTriggered):
        spanloom.wrap(make_agent(wire, input_guardrails=[no_input])).predict(input="hi")
    with pytest.raises(OutputGuardrailTripwireTriggered):
        spanloom.wrap(make_agent(wire, output_guardrails=[no_output])).predict(input="hi")


def test_a_context_that_is_too_long_makes_the_response_incomplete(server, make_agent, ask, wire):
    server.enqueue(ErrorReply(400, "too long", code="context_length_exceeded"))
    response = ask(spanloom.wrap(make_agent(wire)), "hi")
    assert response.incomplete_details.reason == "context_length_exceeded"


def test_an_answer_that_was_cut_off_before_its_first_word_makes_the_response_incomplete(server, make_agent, ask, wire):
    if wire == "chat" and "raise_on_length_truncation" not in signature(ChatCmplStreamHandler.handle_stream).parameters:
        pytest.skip("older versions do not tell")
    server.enqueue(Reply(finish_reason="length"))
    response = ask(spanloom.wrap(make_agent(wire)), "hi")
    assert response.incomplete_details.reason == "max_output_tokens"


def test_an_answer_that_does_not_stream_has_deltas(make_agent, whole_answers, get_weather):
    model = whole_answers(
        [
            {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Look."}]},
            {"type": "function_call", "call_id": "c1", "name": "get_weather", "arguments": '{"city": "Paris"}'},
        ],
        [
            {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "output_text", "text": "Sunny.", "annotations": []}],
            }
        ],
    )
    events = list(spanloom.wrap(make_agent(model=model, tools=[get_weather])).predict_stream(input="Paris?"))
    assert [event.delta for event in events if event.type == "response.output_text.delta"] == ["Sunny."]
    kinds = [item["type"] for item in events[-1].response["output"]]
    assert kinds == ["reasoning", "function_call", "function_call_output", "message"]
    assert "usage" not in events[-1].response


def test_a_refusal_that_does_not_stream_is_a_refusal(make_agent, whole_answers, ask):
    refusal = {"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]}
    response = ask(spanloom.wrap(make_agent(model=whole_answers([refusal]))), "hi")
    (message,) = response.model_dump()["output"]
    assert message["content"] == [{"type": "refusal", "refusal": "No."}]


def test_output_fn_reads_the_native_result(server, make_agent, get_weather, ask, shape):
    server.enqueue(CALL, ANSWER)
    agent = spanloom.wrap(
        make_agent(tools=[get_weather]),
        output_fn=lambda result: f"{result.last_agent.name} in {result.current_turn}: {result.final_output}",
    )
    response = ask(agent, "Paris?")
    assert shape(response.model_dump()["output"]) == [(None, "agent in 2: It is sunny.")]
    assert response.usage.total_tokens == 49


class Searching(Model):
    """A model that searches the web; asked as the Responses API is, which streams these events."""

    async def get_response(self, *_args, **_kwargs):
        raise NotImplementedError

    async def stream_response(self, *_args, **_kwargs):
        search = {"id": "ws_1", "type": "web_search_call", "status": "completed", "action": SEARCH}
        message = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": []}
        said = {**message, "content": [{"type": "output_text", "text": "Sunny.", "annotations": [CITATION]}]}
        text = {"item_id": "msg_1", "output_index": 1, "content_index": 0}
        body = create_response([search, said], model="m")
        for number, event in enumerate(
            [
                {"type": "response.output_item.added", "output_index": 0, "item": {**search, "status": "in_progress"}},
                {"type": "response.web_search_call.searching", "output_index": 0, "item_id": "ws_1"},
                {"type": "response.output_item.done", "output_index": 0, "item": search},
                {"type": "response.output_item.added", "output_index": 1, "item": message},
                {"type": "response.output_text.delta", **text, "delta": "Sunny.", "logprobs": []},
                {
                    "type": "response.output_text.annotation.added",
                    **text,
                    "annotation_index": 0,
                    "annotation": CITATION,
                },
                {"type": "response.output_item.done", "output_index": 1, "item": said},
                {"type": "response.completed", "response": body},
            ]
        ):
            yield TypeAdapter(ResponseStreamEvent).validate_python({**event, "sequence_number": number})


SEARCH = {"type": "search", "query": "weather"}
CITATION = {"type": "url_citation", "url": "https://a.b", "title": "A", "start_index": 0, "end_index": 6}


def test_a_hosted_tool_and_its_citations_pass(make_agent, ask):
    agent = spanloom.wrap(make_agent(model=Searching(), tools=[WebSearchTool()]))
    kinds = [event.type for event in agent.predict_stream(input="Paris?")]
    assert "response.web_search_call.searching" in kinds
    assert "response.output_text.annotation.added" in kinds
    search, message = ask(agent, "Paris?").model_dump(exclude_none=True)["output"]
    assert (search["id"], search["action"]) == ("ws_1", SEARCH)
    assert message["content"][0]["annotations"] == [CITATION]


def test_closing_the_stream_stops_a_tool(server, make_agent):
    begun, stopped = threading.Event(), threading.Event()

    @function_tool
    async def wait() -> str:
        """Wait."""
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            stopped.set()
        return "never"

    server.enqueue(Reply(tool_calls=[ToolCall("wait", {})]))
    stream = spanloom.wrap(make_agent(tools=[wait])).predict_stream(input="hi")
    for event in stream:
        if event.type == "response.output_item.done":
            break
    assert begun.wait(30)
    stream.close()
    assert stopped.wait(30)
