from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from langchain.agents import create_agent
from langchain_core.tools import tool
from langgraph.checkpoint.memory import InMemorySaver

import spanloom
from spanloom.testing import ProviderServer, Reply, ToolCall
from spanloom.testing.grammar import check_events

C1 = {"conversation_id": "c1"}


def prompt(server: ProviderServer, index: int = -1) -> list[tuple[str, str]]:
    return [(message["role"], message["content"]) for message in server.requests[index].body["messages"]]


@pytest.fixture
def agent(chat_model):
    return spanloom.wrap(create_agent(chat_model(), [], checkpointer=InMemorySaver()))


def test_requests_of_one_conversation_continue_it(server, agent, ask, shape):
    server.script([Reply("Hello Ann."), Reply("Ann.")])
    ask(agent, input="I am Ann.", context=C1)
    response = ask(agent, input="Who am I?", context=C1)
    assert shape(response) == [("message", "Ann.")]
    assert prompt(server) == [("user", "I am Ann."), ("assistant", "Hello Ann."), ("user", "Who am I?")]


def test_the_same_words_twice_are_two_messages(server, agent):
    server.script([Reply("Once."), Reply("Twice.")])
    agent.predict(input="More!", context=C1)
    agent.predict(input="More!", context=C1)
    assert prompt(server) == [("user", "More!"), ("assistant", "Once."), ("user", "More!")]


def test_a_client_that_sends_the_whole_history_does_not_double_it(server, agent):
    server.script([Reply("Hello Ann."), Reply("Ann.")])
    history = [{"role": "system", "content": "Be kind."}, {"role": "user", "content": "I am Ann."}]
    first = agent.predict(input=history, context=C1)
    history += [*(item.model_dump() for item in first.output), {"role": "user", "content": "Who am I?"}]
    agent.predict(input=history, instructions="Be kind.", context=C1)
    assert prompt(server) == [
        ("system", "Be kind."),
        ("user", "I am Ann."),
        ("assistant", "Hello Ann."),
        ("user", "Who am I?"),
    ]


def test_a_message_that_is_sent_again_by_its_id_is_not_doubled(server, agent):
    server.script([Reply("One."), Reply("Two.")])
    first = {"role": "user", "content": "1", "id": "u1"}
    agent.predict(input=[first], context=C1)
    agent.predict(input=[first, {"role": "user", "content": "2", "id": "u2"}], context=C1)
    assert prompt(server) == [("user", "1"), ("assistant", "One."), ("user", "2")]


def test_conversations_do_not_see_each_other(server, agent):
    server.script(lambda request: Reply(f"{len(request.body['messages'])} messages"))
    contexts = [None, None, C1, {"conversation_id": "c2"}]
    with ThreadPoolExecutor(4) as pool:
        requests = [{"input": "hi", "context": context} for context in contexts]
        responses = list(pool.map(agent.predict, requests))
    assert {response.output_text for response in responses} == {"1 messages"}


def test_without_a_checkpointer_the_conversation_goes_on_all_the_same(server, chat_model):
    agent = spanloom.wrap(create_agent(chat_model(), []))
    server.script([Reply("One."), Reply("Two.")])
    agent.predict(input="1", context=C1)
    agent.predict(input="2", context=C1)
    assert prompt(server) == [("user", "1"), ("assistant", "One."), ("user", "2")]


def test_the_output_of_a_call_that_the_client_runs_goes_on(server, chat_model, shape):
    @tool(return_direct=True)
    def pick() -> str:
        """Let the user pick."""
        raise NotImplementedError

    agent = spanloom.wrap(create_agent(chat_model(), [pick], checkpointer=InMemorySaver(), interrupt_before=["tools"]))
    server.script([Reply(tool_calls=[ToolCall("pick", {}, "call_1")]), Reply("Red it is.")])
    first = agent.predict(input="Pick a colour.", context=C1)
    assert (first.status, shape(first)) == ("incomplete", [("function_call", "{}")])
    output = {"type": "function_call_output", "call_id": "call_1", "output": "red"}
    second = agent.predict(input=[output], context=C1)
    assert shape(second) == [("message", "Red it is.")]
    assert prompt(server)[-1] == ("tool", "red")


def test_after_a_run_that_was_closed_early_the_conversation_is_clean(server, chat_model):
    started, released = threading.Event(), threading.Event()

    @tool
    def slow() -> str:
        """Take long."""
        started.set()
        released.wait(5)
        return "too late"

    agent = spanloom.wrap(create_agent(chat_model(), [slow], checkpointer=InMemorySaver()))
    server.script([Reply(tool_calls=[ToolCall("slow", {}, "call_1")]), Reply("Fine.")])
    stream = agent.predict_stream(input="Do it.", context=C1)
    for event in stream:
        if event.type == "response.output_item.done":
            break
    assert started.wait(5)
    stream.close()
    released.set()
    events = list(agent.predict_stream(input="Never mind.", context=C1))
    assert check_events(events)["output"][0]["content"][0]["text"] == "Fine."
    assert prompt(server)[1:] == [
        ("assistant", None),
        ("tool", "The call was cancelled before it had a result."),
        ("user", "Never mind."),
    ]
