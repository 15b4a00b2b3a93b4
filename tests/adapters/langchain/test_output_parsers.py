"""Runnables that end a chain in a standard schema."""

from __future__ import annotations

import pytest
from langchain.agents import create_agent
from langchain_core.messages import AIMessage
from langchain_core.output_parsers import StrOutputParser
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda

import spanloom
from spanloom.agents.background import run_sync
from spanloom.schemas.chat_agent import ChatAgentChunk, ChatAgentResponse
from spanloom.schemas.chat_model import ChatCompletionChunk, ChatCompletionResponse
from spanloom.schemas.chat_reduce import ChatAgentReducer
from spanloom.schemas.responses import validate_response
from spanloom.schemas.stream_event import validate_event
from spanloom.testing import Reply, ToolCall, Usage, outline
from spanloom.testing.grammar import check_events
from spanloom_adapters.langchain import (
    ChatAgentOutputParser,
    ChatCompletionOutputParser,
    ResponsesAgentOutputParser,
    StringResponseOutputParser,
)

CALLS = [ToolCall("add", {"a": 1}, "call_1"), ToolCall("add", {"a": 2}, "call_2")]
REPLY = Reply("Let me see.", tool_calls=CALLS, usage=Usage(3, 4))


@pytest.fixture
def chain(server, chat_model):
    def make(parser, reply=REPLY, **options):
        server.script([reply])
        return ChatPromptTemplate([("user", "{question}")]) | chat_model(**options) | parser

    return make


def invoke(chain):
    return run_sync(chain.ainvoke({"question": "1 + 2?"}))


def stream(chain):
    async def collect():
        return [chunk async for chunk in chain.astream({"question": "1 + 2?"})]

    return run_sync(collect())


def test_a_responses_agents_response(chain, wire):
    body = invoke(chain(ResponsesAgentOutputParser(), wire=wire))
    response = validate_response(body)
    assert [item.type for item in response.output] == ["message", "function_call", "function_call"]
    assert (response.output_text, response.status, response.usage.total_tokens) == ("Let me see.", "completed", 7)


def test_a_responses_agents_events(chain):
    chunks = stream(chain(ResponsesAgentOutputParser()))
    response = check_events([validate_event(chunk) for chunk in chunks])
    assert [item["type"] for item in response["output"]] == ["message", "function_call", "function_call"]
    assert [chunk["delta"] for chunk in chunks if chunk["type"] == "response.output_text.delta"] == [
        "Let ",
        "me ",
        "see.",
    ]


def test_a_chat_agents_response(chain):
    response = ChatAgentResponse.model_validate(invoke(chain(ChatAgentOutputParser())))
    assert response.messages[0].content == "Let me see."
    assert [call.id for message in response.messages for call in message.tool_calls or ()] == ["call_1", "call_2"]
    assert (response.finish_reason, response.usage.total_tokens) == ("stop", 7)


def test_a_chat_agents_chunks_are_the_same_answer(chain):
    chunks = [ChatAgentChunk.model_validate(chunk) for chunk in stream(chain(ChatAgentOutputParser()))]
    assert [chunk.delta.content for chunk in chunks][:3] == ["Let ", "me ", "see."]
    assert len({chunk.delta.id for chunk in chunks[:3]}) == 1
    reducer = ChatAgentReducer()
    for chunk in chunks:
        reducer.add(chunk)
    body = reducer.body()
    assert body["messages"][0]["content"] == "Let me see."
    assert [call["id"] for message in body["messages"] for call in message.get("tool_calls") or ()] == [
        "call_1",
        "call_2",
    ]


def test_a_chat_completion(chain):
    response = ChatCompletionResponse.from_dict(invoke(chain(ChatCompletionOutputParser())))
    [choice] = response.choices
    assert (choice.message.content, choice.finish_reason) == ("Let me see.", "tool_calls")
    assert [(call.id, call.function.arguments) for call in choice.message.tool_calls] == [
        ("call_1", '{"a": 1}'),
        ("call_2", '{"a": 2}'),
    ]
    assert response.usage.total_tokens == 7


def test_chat_completion_chunks_are_the_same_completion(chain):
    chunks = [ChatCompletionChunk.from_dict(chunk) for chunk in stream(chain(ChatCompletionOutputParser()))]
    # As of OpenAI, the last one has no choices, and tells the tokens.
    *chunks, last = chunks
    assert (last.choices, last.usage.total_tokens) == ([], 7)
    deltas = [chunk.choices[0].delta for chunk in chunks]
    assert len({chunk.id for chunk in chunks}) == 1
    assert "".join(delta.content or "" for delta in deltas) == "Let me see."
    calls: dict[int, list[str]] = {}
    for call in (call for delta in deltas for call in delta.tool_calls or ()):
        calls.setdefault(call.index, []).append(call.function.arguments)
    assert {index: "".join(pieces) for index, pieces in calls.items()} == {0: '{"a": 1}', 1: '{"a": 2}'}
    assert [chunk.choices[0].finish_reason for chunk in chunks][-2:] == [None, "tool_calls"]


@pytest.mark.parametrize(
    ("reply", "options", "reason"),
    [
        (Reply("one two", finish_reason="length"), {}, "length"),
        (Reply("one two"), {}, "stop"),
        (Reply(refusal="I can't."), {"wire": "responses"}, "stop"),
    ],
)
def test_why_a_completion_ended(chain, reply, options, reason):
    [choice] = invoke(chain(ChatCompletionOutputParser(), reply, **options))["choices"]
    assert choice["finish_reason"] == reason
    assert choice["message"].get("refusal") == reply.refusal
    *chunks, _ = stream(chain(ChatCompletionOutputParser(), reply, **options))
    assert chunks[-1]["choices"][0]["finish_reason"] == reason
    assert "".join(chunk["choices"][0]["delta"].get("refusal", "") for chunk in chunks) == (reply.refusal or "")


def test_a_string_response_has_the_text_alone(chain):
    assert invoke(chain(StringResponseOutputParser())) == {"content": "Let me see."}
    assert stream(chain(StringResponseOutputParser())) == [{"content": "Let "}, {"content": "me "}, {"content": "see."}]


PARSERS = [ResponsesAgentOutputParser, ChatAgentOutputParser, ChatCompletionOutputParser, StringResponseOutputParser]


@pytest.mark.parametrize("parser", PARSERS)
@pytest.mark.parametrize("native", ["text", AIMessage("text"), {"answer": "text"}, [AIMessage("text")]])
def test_a_parser_takes_whatever_a_chain_gives_in_all_four_ways(parser, native):
    chain = RunnableLambda(lambda inputs: native) | parser()
    whole, chunks = chain.invoke({}), list(chain.stream({}))
    assert "'text'" in str(whole)
    assert whole.keys() == run_sync(chain.ainvoke({})).keys()
    assert "'text'" in str(chunks)
    assert len(chunks) == len(stream(chain))


def test_parsing_text_is_the_parsers_own_word_for_it():
    assert ChatAgentOutputParser().parse("hi")["messages"][0]["content"] == "hi"
    assert StringResponseOutputParser().parse("hi") == {"content": "hi"}


def test_a_graph_may_come_before_a_parser(server, chat_model):
    server.script([Reply("Hi Ann.")])
    chain = create_agent(chat_model(), []) | ResponsesAgentOutputParser()
    body = run_sync(chain.ainvoke({"messages": [("user", "I am Ann.")]}))
    assert [item["content"][0]["text"] for item in body["output"]] == ["Hi Ann."]


@pytest.mark.parametrize("parser", PARSERS)
def test_wrapping_a_chain_that_ends_in_a_parser_gives_the_agent_without_it(chain, ask, shape, parser):
    response = ask(spanloom.wrap(chain(parser())), input="1 + 2?")
    assert shape(response) == [
        ("message", "Let me see."),
        ("function_call", '{"a": 1}'),
        ("function_call", '{"a": 2}'),
    ]


def test_a_parser_is_a_step_of_its_own_in_the_trace(chain):
    spanloom.autolog()
    invoke(chain(ChatAgentOutputParser()))
    trace = spanloom.get_trace(spanloom.get_last_active_trace_id())
    assert "PARSER ChatAgentOutputParser" in outline(trace)


def test_a_chain_may_parse_text_before(chain):
    assert invoke(chain(StrOutputParser() | StringResponseOutputParser())) == {"content": "Let me see."}
