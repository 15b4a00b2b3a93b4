"""The parsers, for loops of one's own."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import dspy
import pytest

from spanloom.schemas.reduce import reduce_stream
from spanloom.testing.grammar import check_events
from spanloom_adapters.dspy import to_chat_agent, to_responses_events, to_responses_items


def get_weather(city: str) -> str:
    """Tell the weather."""
    raise LookupError("no such city")


@pytest.fixture
def weather(fields, server) -> dspy.ReAct:
    server.script(
        [
            fields(next_thought="I'll ask.", next_tool_name="get_weather", next_tool_args='{"city": "Paris"}'),
            fields(next_thought="Enough.", next_tool_name="finish", next_tool_args="{}"),
            fields(reasoning="Hm.", answer="No idea."),
        ]
    )
    return dspy.ReAct("question -> answer", tools=[get_weather])


EXPECTED = [
    ("reasoning", "I'll ask."),
    ("get_weather", '{"city": "Paris"}'),
    ("output", "Execution error in get_weather: LookupError: no such city"),
    ("reasoning", "Enough."),
    ("reasoning", "Hm."),
    ("text", "No idea."),
]


def test_a_prediction_as_items_and_as_a_chat(weather, lm, shape):
    with dspy.context(lm=lm):
        prediction = weather(question="Paris?")
    assert shape(to_responses_items(prediction)) == EXPECTED
    roles = [message.role for message in to_chat_agent(prediction).messages]
    assert roles == ["assistant", "tool", "assistant"]


def test_a_history_as_items_of_its_last_turn(lm, server, fields, shape):
    call = '{"tool_calls": [{"name": "get_weather", "args": {"city": "Paris"}}]}'
    submit = '{"tool_calls": [{"name": "submit", "args": {"answer": "No idea."}}]}'
    server.script(
        [fields(next_thought="I'll ask.", tool_calls=call), fields(next_thought="Done.", tool_calls=submit)] * 2
    )
    program = dspy.ReActV2("question -> answer", tools=[get_weather])
    with dspy.context(lm=lm):
        first = program(question="Paris?")
        second = program(question="Again?", history=first.history)
    assert shape(to_responses_items(second)) == [*EXPECTED[:3], ("reasoning", "Done."), ("text", "No idea.")]


def test_a_stream_of_dspy_as_events(lm, server, fields, shape):
    server.script([fields(reasoning="Look up there.", answer="It is sunny in Paris.")])
    listeners = [dspy.streaming.StreamListener(name) for name in ("reasoning", "answer")]
    program = dspy.streamify(dspy.ChainOfThought("question -> answer"), stream_listeners=listeners)

    async def collect():
        with dspy.context(lm=lm, track_usage=True):
            stream = program(question="Paris?")
            return [event async for event in to_responses_events(stream, model="m")]

    events = asyncio.run(collect())
    check_events(events)
    response = reduce_stream(events)
    assert shape(response) == [("reasoning", "Look up there."), ("text", "It is sunny in Paris.")]
    assert sum(event.type == "response.output_text.delta" for event in events) > 1
    assert response.usage.total_tokens == 12


def test_the_package_imports_no_framework():
    code = "import sys, spanloom_adapters.dspy as a; a.adapter.options(); sys.exit('dspy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
