from __future__ import annotations

import asyncio
import threading

import httpx
import pytest
from llama_index.core.chat_engine import CondenseQuestionChatEngine, SimpleChatEngine, types
from llama_index.core.memory import ChatMemoryBuffer

import spanloom
from spanloom.errors import AgentError
from spanloom.testing import Reply, Usage

TALK = [
    {"role": "user", "content": "I am Ann."},
    {"role": "assistant", "content": "Hello."},
    {"role": "user", "content": "Who am I?"},
]


def prompt(server):
    return [(message["role"], message["content"]) for message in server.requests[-1].body["messages"]]


@pytest.mark.parametrize("stream", [True, False])
def test_a_chat_engine_gets_the_conversation_and_keeps_none(server, model, ask, shape, stream):
    server.script([Reply("Ann.", usage=Usage(5, 1)), Reply("Nobody.")])
    options = {} if stream else {"additional_kwargs": {}}
    agent = spanloom.wrap(SimpleChatEngine.from_defaults(llm=model(**options)), stream=stream)
    response = ask(agent, input=TALK, instructions="Be brief.")
    assert shape(response) == [("message", "Ann.")]
    assert response.usage.total_tokens == 6
    assert prompt(server) == [
        ("system", "Be brief."),
        ("user", "I am Ann."),
        ("assistant", "Hello."),
        ("user", "Who am I?"),
    ]
    ask(agent, input="Who am I?")
    assert prompt(server) == [("user", "Who am I?")]


def test_an_engine_tells_when_its_model_was_cut_off(server, model, ask, shape, index):
    for native in (SimpleChatEngine.from_defaults(llm=model()), index.as_query_engine(llm=model(), streaming=True)):
        server.script([Reply("It is", finish_reason="length")])
        response = ask(spanloom.wrap(native), input="Paris?")
        assert shape(response) == [("message", "It is")]
        assert response.incomplete_details.reason == "max_output_tokens"


@pytest.mark.skipif(not hasattr(types, "_set_message_content"), reason="older engines fail when a model reasons")
def test_a_chat_engine_streams_reasoning(server, model, ask, shape):
    server.script([Reply("It is sunny.", reasoning="Look.")])
    response = ask(spanloom.wrap(SimpleChatEngine.from_defaults(llm=model())), input="Paris?")
    assert shape(response) == [("reasoning", "Look."), ("message", "It is sunny.")]


@pytest.mark.parametrize("mode", ["context", "condense_plus_context", "condense_question"])
def test_engines_over_an_index_cite_what_they_found(server, model, ask, index, mode):
    server.script([Reply("It is sunny.", usage=Usage(5, 1))])
    engine = index.as_chat_engine(chat_mode=mode, llm=model(), similarity_top_k=2)
    response = ask(spanloom.wrap(engine), input="Paris?")
    [part] = response.model_dump()["output"][0]["content"]
    assert part["text"] == "It is sunny."
    assert part["annotations"] == [
        {"type": "file_citation", "file_id": "d1", "filename": "paris.txt", "index": 0},
        {
            "type": "url_citation",
            "url": "https://example.com/oslo",
            "title": "Oslo",
            "start_index": 0,
            "end_index": 12,
        },
    ]
    assert [node["metadata"].get("page") for node in response.custom_outputs["source_nodes"]] == [3, None]
    assert response.usage.total_tokens == 6


def test_a_condensing_engine_does_not_go_on_with_the_last_request(server, model, index):
    server.script([Reply("Sunny."), Reply("Rainy.")])
    agent = spanloom.wrap(index.as_chat_engine(chat_mode="condense_question", llm=model()))
    agent.predict(input="Paris?")
    agent.predict(input="Oslo?")
    assert len(server.requests) == 2  # no third one, that condenses
    assert "Paris?" not in str(server.requests[-1].body["messages"])


def test_an_engine_that_can_not_stream_says_how_to_ask_it(server, model, index):
    server.script([Reply("Sunny."), Reply("Sunny.")])

    inner = index.as_query_engine(llm=model(additional_kwargs={}))

    class Engine(CondenseQuestionChatEngine):
        async def astream_chat(self, message, chat_history=None):
            raise NotImplementedError

    engine = Engine.from_defaults(inner, llm=model(additional_kwargs={}), memory=ChatMemoryBuffer.from_defaults())
    with pytest.raises(AgentError, match="Engine can't stream this answer: wrap\\(engine, stream=False\\)"):
        spanloom.wrap(engine).predict(input="Paris?")
    assert spanloom.wrap(engine, stream=False).predict(input="Paris?").output_text == "Sunny."


@pytest.mark.parametrize("kind", ["chat", "query"])
def test_an_engine_that_is_cancelled_stops_its_model(server, model, index, kind):
    asked, gate = threading.Event(), threading.Event()
    replies = iter([Reply("one two three four", hold=gate, hold_after=2), Reply("Again.")])

    def answer(_request):
        asked.set()
        return next(replies)

    server.script(answer)
    if kind == "chat":
        agent = spanloom.wrap(SimpleChatEngine.from_defaults(llm=model()))
    else:
        agent = spanloom.wrap(index.as_query_engine(llm=model(), streaming=True))

    async def cancel():
        task = asyncio.create_task(agent.apredict(input="count"))
        await asyncio.to_thread(asked.wait, 30)
        task.cancel()
        await asyncio.wait([task])
        return task.cancelled()

    try:
        assert asyncio.run(cancel())
        assert server.requests[0].closed_early.wait(30), "the model still talks"
    finally:
        gate.set()
    assert agent.predict(input="hi").output_text == "Again."


def test_closing_the_stream_of_an_engine_stops_its_model(server, model):
    gate = threading.Event()
    server.script([Reply("one two three four", hold=gate, hold_after=2), Reply("Again.")])
    agent = spanloom.wrap(SimpleChatEngine.from_defaults(llm=model()))
    try:
        stream = agent.predict_stream(input="count")
        next(event for event in stream if event.type == "response.output_text.delta")
        stream.close()
        assert server.requests[0].closed_early.wait(30), "the model still talks"
    finally:
        gate.set()
    assert agent.predict(input="hi").output_text == "Again."


@pytest.mark.parametrize("streaming", [True, False])
def test_a_query_engine_answers_the_last_question(server, model, ask, shape, index, streaming):
    server.script([Reply("It is sunny.", usage=Usage(5, 1))])
    options = {} if streaming else {"additional_kwargs": {}}
    engine = index.as_query_engine(llm=model(**options), streaming=streaming, similarity_top_k=1)
    response = ask(spanloom.wrap(engine), input=TALK)
    assert shape(response) == [("message", "It is sunny.")]
    assert [node["id"] for node in response.custom_outputs["source_nodes"]]
    assert response.usage.total_tokens == 6
    assert "I am Ann." not in str(prompt(server))


def test_a_retriever_gives_what_it_found(ask, shape, index):
    response = ask(spanloom.wrap(index.as_retriever(similarity_top_k=2)), input="weather")
    assert shape(response) == [("message", "Paris is sunny.\n\nOslo is rainy.")]
    [part] = response.model_dump()["output"][0]["content"]
    assert [annotation["type"] for annotation in part["annotations"]] == ["file_citation", "url_citation"]
    assert part["annotations"][1]["start_index"] == len("Paris is sunny.\n\n")


def test_a_failing_model_is_the_native_exception(server, model, index):
    agents = [
        spanloom.wrap(SimpleChatEngine.from_defaults(llm=model())),
        spanloom.wrap(index.as_query_engine(llm=model(), streaming=True)),
    ]
    for agent in agents:
        server.script([Reply("one two three", break_after=1)])
        with pytest.raises(httpx.RemoteProtocolError):
            list(agent.predict_stream(input="hi"))


@pytest.mark.parametrize(
    ("items", "problem"),
    [
        (TALK[:2], "the input has to end with one"),
        ([{"role": "user", "content": [{"type": "input_image", "image_url": "https://a/b.png"}]}], "takes text only"),
    ],
)
def test_what_an_engine_can_not_take_is_an_error(model, index, items, problem):
    for native in (SimpleChatEngine.from_defaults(llm=model()), index.as_retriever()):
        with pytest.raises(AgentError, match=problem):
            spanloom.wrap(native).predict(input=items)


def test_an_index_is_no_agent(index):
    with pytest.raises(AgentError, match=r"wrap\(index\.as_chat_engine\(\)\), wrap\(index\.as_query_engine\(\)\)"):
        spanloom.wrap(index)


def test_input_and_output_functions(server, model, ask, shape, index):
    server.script([Reply("Sunny.")])
    agent = spanloom.wrap(
        index.as_query_engine(llm=model(), streaming=True),
        input_fn=lambda request: f"{request.input} Rhyme.",
        output_fn=lambda result: result.response.upper(),
    )
    assert shape(ask(agent, input="Paris?")) == [("message", "SUNNY.")]
    assert "Paris? Rhyme." in str(prompt(server))
