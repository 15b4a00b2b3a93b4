from __future__ import annotations

import asyncio

import pytest
from llama_index.core.agent.workflow import FunctionAgent, ReActAgent
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.chat_engine import SimpleChatEngine

from spanloom.schemas.reduce import reduce_stream
from spanloom.testing import ErrorReply, Reply, ToolCall, Usage
from spanloom.testing.grammar import check_events
from spanloom_adapters.llama_index import to_chat_agent, to_responses_events, to_responses_items

CALL = Reply("Wait.", tool_calls=[ToolCall("get_weather", {"city": "Paris"})], usage=Usage(1, 2))
USER = [ChatMessage(role="user", content="Paris?")]


def get_weather(city: str) -> str:
    """Tell the weather."""
    return f"sunny in {city}"


async def collect(make):
    return [event async for event in to_responses_events(await make(), model="m")]


def read(make):
    """Reads an asynchronous stream, made inside of the loop."""
    events = asyncio.run(collect(make))
    check_events(events)
    return reduce_stream(events)


def test_the_handler_of_a_run_is_read_as_it_goes(server, model, shape):
    server.script([CALL, Reply("It is sunny.", usage=Usage(3, 4))])

    async def run():
        return FunctionAgent(llm=model(), tools=[get_weather]).run(user_msg="Paris?")

    response = read(run)
    assert shape(response) == [
        ("message", "Wait."),
        ("get_weather", '{"city": "Paris"}'),
        ("function_call_output", "sunny in Paris"),
        ("message", "It is sunny."),
    ]
    assert (response.usage.total_tokens, response.model) == (10, "m")


def test_bare_events_of_a_react_agent_are_known_by_what_they_say(server, model, shape):
    server.script([Reply("Thought: Easy.\nAnswer: Sunny.")])

    async def run():
        return ReActAgent(llm=model()).run(user_msg="Paris?").stream_events()

    assert shape(read(run)) == [("reasoning", "Easy."), ("message", "Sunny.")]


def test_a_run_that_fails_ends_its_events_with_the_failure(server, model):
    last = []

    async def run(way):
        handler = FunctionAgent(llm=model()).run(user_msg="Paris?")
        stream = to_responses_events(handler if way == "handler" else handler.stream_events())
        async for event in stream:
            last[:] = [event.type]

    for way in ("handler", "events"):
        server.script([ErrorReply(400, "too hot")])
        with pytest.raises(Exception, match="too hot"):
            asyncio.run(run(way))
        assert last == ["response.failed"]


def test_the_result_of_a_run_tells_its_calls(server, model):
    server.script([CALL, Reply("It is sunny.")])

    async def run():
        return await FunctionAgent(llm=model(), tools=[get_weather]).run(user_msg="Paris?")

    result = asyncio.run(run())
    assert [item["type"] for item in to_responses_items(result)] == ["function_call", "function_call_output", "message"]
    call, output, answer = to_chat_agent(result).messages
    assert call.tool_calls[0].function.name == "get_weather"
    assert (output.content, answer.content) == ("sunny in Paris", "It is sunny.")


def test_answers_of_models_and_engines_are_read_whole_and_streamed(server, model, shape, index):
    server.script([Reply("Sunny.", usage=Usage(1, 2))] * 6)
    plain, streaming = model(additional_kwargs={}), model()
    whole = [
        plain.chat(USER),
        SimpleChatEngine.from_defaults(llm=plain).chat("Paris?"),
        index.as_query_engine(llm=plain).query("Paris?"),
    ]
    assert [to_responses_items(result)[0]["content"][0]["text"] for result in whole] == ["Sunny."] * 3
    assert to_responses_items(whole[2])[0]["content"][0]["annotations"]
    events = list(to_responses_events(streaming.stream_chat(USER)))
    check_events(events)
    assert events[-1].response["usage"]["total_tokens"] == 3
    events = list(to_responses_events(index.as_query_engine(llm=streaming, streaming=True).query("Paris?")))
    assert events[-1].response["output"][0]["content"][0]["annotations"]

    async def chat():
        return await SimpleChatEngine.from_defaults(llm=streaming).astream_chat("Paris?")

    assert shape(read(chat)) == [("message", "Sunny.")]


def test_an_answer_of_a_model_tells_its_tokens_and_why_it_ended(server, model):
    server.script([Reply("It is", finish_reason="length", usage=Usage(1, 2))])
    answer = to_chat_agent(model(additional_kwargs={}).chat(USER))
    assert (answer.finish_reason, answer.usage.total_tokens) == ("length", 3)
