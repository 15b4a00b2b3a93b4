"""Graphs that are no chats: `@entrypoint` functions, and states without messages."""

from __future__ import annotations

from typing import Any, TypedDict

import pytest
from langchain_core.documents import Document
from langchain_core.messages import AIMessage, BaseMessage
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.func import entrypoint, task
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import interrupt
from pydantic import BaseModel

import spanloom
from spanloom.testing import Reply

C1 = {"conversation_id": "c1"}
TALK = [
    {"role": "user", "content": "I am Ann."},
    {"role": "assistant", "content": "Hello."},
    {"role": "user", "content": "Who am I?"},
]


class Order(TypedDict):
    question: str
    history: list[BaseMessage]
    language: str


@entrypoint()
async def takes_text(topic: str) -> str:
    return repr(topic)


@entrypoint()
async def takes_anything(topic) -> str:
    return repr(topic)


@entrypoint()
async def takes_messages(messages) -> str:
    return repr([message.text for message in messages])


@entrypoint()
def takes_declared_messages(history: list[BaseMessage]) -> str:
    return repr([message.text for message in history])


@entrypoint()
async def takes_a_typed_dict(order: Order) -> str:
    return repr([order["question"], len(order["history"]), order["language"]])


@entrypoint()
async def takes_a_dict(inputs: dict) -> str:
    return repr([inputs["input"], len(inputs["messages"]), inputs["language"]])


@pytest.mark.parametrize(
    ("graph", "given"),
    [
        (takes_text, "'Who am I?'"),
        (takes_anything, "{'language': 'French'}"),
        (takes_messages, "['I am Ann.', 'Hello.', 'Who am I?']"),
        (takes_declared_messages, "['I am Ann.', 'Hello.', 'Who am I?']"),
        (takes_a_typed_dict, "['Who am I?', 2, 'French']"),
        (takes_a_dict, "['Who am I?', 3, 'French']"),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_an_entrypoint_gets_what_its_parameter_declares(graph, given):
    agent = spanloom.wrap(graph)
    assert agent.predict(input=TALK, custom_inputs={"language": "French"}).output_text == given


class Essay(BaseModel):
    title: str


@pytest.mark.parametrize(
    ("result", "expected", "structured"),
    [
        ("text", [("message", "text")], None),
        (AIMessage("a message"), [("message", "a message")], None),
        ([AIMessage("one"), AIMessage("two")], [("message", "one"), ("message", "two")], None),
        ({"essay": "e", "stars": 2}, [("message", '{"essay": "e", "stars": 2}')], {"essay": "e", "stars": 2}),
        (Essay(title="t"), [("message", '{"title": "t"}')], {"title": "t"}),
        ({"messages": [AIMessage("in a state")]}, [("message", "in a state")], None),
        (None, [], None),
    ],
)
def test_what_an_entrypoint_returns_is_the_answer(ask, shape, result, expected, structured):
    @entrypoint()
    async def give(topic: str):
        return result

    response = ask(spanloom.wrap(give), input="hi")
    assert shape(response) == expected
    assert (response.custom_outputs or {}).get("structured_response") == structured


def test_a_value_that_is_returned_and_not_saved_is_the_answer(ask):
    @entrypoint(checkpointer=InMemorySaver())
    async def count(step: str, *, previous: int | None = None) -> entrypoint.final[str, int]:
        total = (previous or 0) + 1
        return entrypoint.final(value=f"{step} {total}", save=total)

    agent = spanloom.wrap(count)
    assert ask(agent, input="first", context=C1).output_text == "first 1"
    assert ask(agent, input="second", context=C1).output_text == "second 2"


def test_what_a_task_says_comes_while_it_is_written_and_once(server, chat_model, shape):
    model = chat_model()

    @task
    async def draft(topic: str) -> AIMessage:
        return await model.ainvoke(topic)

    @entrypoint()
    async def write(topic: str) -> dict[str, Any]:
        essay = await draft(topic)
        return {"essay": essay.text, "stars": 5}

    server.script([Reply("Roses are red.")])
    events = list(spanloom.wrap(write).predict_stream(input="roses"))
    assert [event.delta for event in events if event.type == "response.output_text.delta"] == ["Roses ", "are ", "red."]
    response = events[-1].response
    assert [item["type"] for item in response["output"]] == ["message"]
    assert response["custom_outputs"]["structured_response"] == {"essay": "Roses are red.", "stars": 5}


def test_an_entrypoint_that_was_interrupted_goes_on(ask, shape):
    @entrypoint(checkpointer=InMemorySaver())
    async def greet(topic: str) -> str:
        return f"Hello {interrupt('Your name?')}, about {topic}."

    agent = spanloom.wrap(greet)
    first = ask(agent, input="roses", context=C1)
    assert (first.status, first.output) == ("incomplete", [])
    assert first.custom_outputs["interrupts"][0]["value"] == "Your name?"
    assert shape(ask(agent, input="Ann", context=C1)) == [("message", "Hello Ann, about roses.")]


class Library(TypedDict):
    question: str
    context: list[Document]
    answer: str


def library_graph(chat_model, **options):
    model = chat_model()

    async def retrieve(state):
        return {"context": [Document("The sky is blue.", metadata={"source": "https://example.com/sky"})]}

    async def generate(state):
        return {"answer": (await model.ainvoke(state["question"])).text}

    return StateGraph(Library, **options).add_sequence([retrieve, generate]).add_edge(START, "retrieve").compile()


def test_of_a_state_without_messages_the_answer_is_the_text_once(server, chat_model, ask, shape):
    server.script([Reply("Blue.")])
    response = ask(spanloom.wrap(library_graph(chat_model)), input="Which colour?")
    assert shape(response) == [("message", "Blue.")]
    assert response.custom_outputs["question"] == "Which colour?"
    [node] = response.custom_outputs["source_nodes"]
    assert node["page_content"] == "The sky is blue."


def test_what_the_output_schema_leaves_out_stays_inside(server, chat_model, ask):
    class Answer(TypedDict):
        answer: str

    server.script([Reply("Blue.")])
    response = ask(spanloom.wrap(library_graph(chat_model, output_schema=Answer)), input="Which colour?")
    assert (response.output_text, response.custom_outputs) == ("Blue.", None)


def test_other_fields_of_the_state_come_from_custom_inputs(ask):
    class State(MessagesState):
        language: str

    def answer(state):
        return {"messages": [AIMessage(f"in {state['language']}")]}

    graph = StateGraph(State).add_node(answer).add_edge(START, "answer").compile()
    agent = spanloom.wrap(graph)
    assert ask(agent, input="hi", custom_inputs={"language": "French", "other": 1}).output_text == "in French"
