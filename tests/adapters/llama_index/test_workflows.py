from __future__ import annotations

import threading
from typing import Any

import pytest
from llama_index.core.agent.workflow import ReActAgent
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.base.response.schema import Response
from llama_index.core.schema import NodeWithScore, TextNode
from llama_index.core.workflow import Context, Event, StartEvent, StopEvent, Workflow, step
from pydantic import BaseModel

import spanloom
from spanloom.errors import AgentError
from spanloom.testing import Reply, Usage

TALK = [
    {"role": "user", "content": "I am Ann."},
    {"role": "assistant", "content": "Hello."},
    {"role": "user", "content": "Who am I?"},
]


class Sum(BaseModel):
    value: int


class Give(Workflow):
    """Gives what it was made with."""

    def __init__(self, result: Any, **options: Any) -> None:
        super().__init__(**options)
        self.result = result

    @step
    async def give(self, ev: StartEvent) -> StopEvent:
        return StopEvent(result=self.result(ev) if callable(self.result) else self.result)


def test_a_plain_start_event_has_the_text_under_every_usual_name_and_the_conversation(ask):
    def read(event):
        texts = {event.input, event.query, event.question, event.message, event.topic, event.user_msg}
        return f"{texts} {len(event.chat_history)} {event.messages[-1].content} {event.get('extra')}"

    response = ask(spanloom.wrap(Give(read)), input=TALK, custom_inputs={"extra": 7})
    assert response.output_text == "{'Who am I?'} 2 Who am I? 7"


class Search(StartEvent):
    city: str
    limit: int = 3


class SearchAndRhyme(Search):
    language: str


class SearchFlow(Workflow):
    @step
    async def search(self, ev: Search) -> StopEvent:
        return StopEvent(result=f"{ev.city} {ev.limit}")


class RhymeFlow(Workflow):
    @step
    async def search(self, ev: SearchAndRhyme) -> StopEvent:
        return StopEvent(result=f"{ev.city} {ev.language}")


def test_the_only_field_of_a_start_event_gets_the_text_and_the_others_come_from_custom_inputs(ask):
    assert ask(spanloom.wrap(SearchFlow()), input="Paris").output_text == "Paris 3"
    assert ask(spanloom.wrap(SearchFlow()), input="Paris", custom_inputs={"limit": 9}).output_text == "Paris 9"
    agent = spanloom.wrap(RhymeFlow())
    with pytest.raises(AgentError, match="SearchAndRhyme, which also needs city, language: pass them in custom_inputs"):
        agent.predict(input="Paris")
    assert ask(agent, input="Paris", custom_inputs={"language": "fr"}).output_text == "Paris fr"
    made = spanloom.wrap(RhymeFlow(), input_fn=lambda request: SearchAndRhyme(city=request.input, language="en"))
    assert ask(made, input="Oslo").output_text == "Oslo en"


@pytest.mark.parametrize(
    ("result", "text", "structured"),
    [
        ("Hi.", "Hi.", None),
        (None, "", None),
        (ChatMessage(role="assistant", content="Hi."), "Hi.", None),
        (Response("Hi."), "Hi.", None),
        ({"a": 1}, '{"a": 1}', {"a": 1}),
        (Sum(value=3), '{"value": 3}', {"value": 3}),
        ([1, 2], "[1, 2]", [1, 2]),
        ([NodeWithScore(node=TextNode(text="One.")), NodeWithScore(node=TextNode(text="Two."))], "One.\n\nTwo.", None),
    ],
)
def test_whatever_a_workflow_gives_is_the_answer(ask, result, text, structured):
    response = ask(spanloom.wrap(Give(result)), input="hi")
    assert response.output_text == text
    assert (response.custom_outputs or {}).get("structured_response") == structured


class Total(StopEvent):
    total: int


class Adder(Workflow):
    @step
    async def add(self, ev: StartEvent) -> Total:
        return Total(total=3)


def test_a_stop_event_of_ones_own_is_structured_output(ask, shape):
    response = ask(spanloom.wrap(Adder()), input="1 + 2")
    assert shape(response) == [("message", '{"total": 3}')]


class Token(Event):
    delta: str


class Progress(Event):
    message: str


class Writer(Workflow):
    def __init__(self, model: Any, way: str) -> None:
        super().__init__()
        self.model, self.way = model, way

    @step
    async def write(self, ctx: Context, ev: StartEvent) -> StopEvent:
        ctx.write_event_to_stream(Progress(message="thinking"))
        stream = await self.model.astream_chat([ChatMessage(role="user", content=ev.input)])
        if self.way == "stream":
            return StopEvent(result=stream)
        text = ""
        async for piece in stream:
            text += piece.delta or ""
            ctx.write_event_to_stream(Token(delta=piece.delta or ""))
        return StopEvent(result=text)


@pytest.mark.parametrize("way", ["events", "stream"])
def test_a_workflow_streams_by_events_with_a_delta_or_by_a_stream_as_its_result(server, model, way, shape):
    server.script([Reply("one two three", usage=Usage(2, 3))])
    events = list(spanloom.wrap(Writer(model(), way)).predict_stream(input="count"))
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert deltas == ["one ", "two ", "three"]
    assert len(events[-1].response["output"]) == 1
    assert events[-1].response["usage"]["total_tokens"] == 5


@pytest.mark.parametrize("way", ["events", "stream"])
def test_a_workflow_tells_when_its_model_was_cut_off(server, model, way, ask):
    server.script([Reply("It is", finish_reason="length")])
    response = ask(spanloom.wrap(Writer(model(), way)), input="Paris?")
    assert response.output_text == "It is"
    assert response.incomplete_details.reason == "max_output_tokens"


class Asker(Workflow):
    def __init__(self, agent: Any) -> None:
        super().__init__()
        self.agent = agent

    @step
    async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
        handler = self.agent.run(user_msg=ev.input)
        async for event in handler.stream_events():
            if not isinstance(event, StopEvent):
                ctx.write_event_to_stream(event)
        return StopEvent(result=str(await handler))


def test_events_of_an_agent_that_a_workflow_passes_on_are_read_as_the_agents(server, model, ask, shape):
    server.script([Reply("Thought: Easy.\nAnswer: It is sunny.")])
    response = ask(spanloom.wrap(Asker(ReActAgent(name="ann", llm=model()))), input="Paris?")
    assert shape(response) == [("reasoning", "Easy."), ("message", "It is sunny.")]
    assert response.output[-1].model_dump()["name"] == "ann"


def test_a_step_that_fails_is_the_native_exception(ask):
    def fail(_event):
        raise LookupError("no such city")

    agent = spanloom.wrap(Give(fail))
    for _ in range(2):
        with pytest.raises(LookupError, match="no such city"):
            ask(agent, input="hi")


def test_closing_the_stream_of_a_workflow_stops_the_model_whose_stream_it_gave(server, model):
    gate = threading.Event()
    server.script([Reply("one two three four", hold=gate, hold_after=2)])
    try:
        stream = spanloom.wrap(Writer(model(), "stream")).predict_stream(input="count")
        next(event for event in stream if event.type == "response.output_text.delta")
        stream.close()
        assert server.requests[0].closed_early.wait(30), "the model still talks"
    finally:
        gate.set()
