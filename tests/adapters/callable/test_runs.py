"""Where functions run, and how their runs end."""

from __future__ import annotations

import asyncio
import functools
import threading
from typing import Any

import pytest

import spanloom
from spanloom.testing import check_events


def whole(text):
    return f"you said {text}"


def generator(text):
    yield "you said "
    yield text


async def coroutine(text):
    await asyncio.sleep(0)
    return f"you said {text}"


async def async_generator(text):
    yield "you said "
    await asyncio.sleep(0)
    yield text


def hidden_coroutine(text):
    return coroutine(text)


def hidden_generator(text):
    return async_generator(text)


class Bot:
    def __call__(self, text):
        return f"you said {text}"

    async def answer(self, text):
        yield f"you said {text}"


class AsynchronousBot:
    async def __call__(self, text):
        return f"you said {text}"


FUNCTIONS = [
    whole,
    generator,
    coroutine,
    async_generator,
    hidden_coroutine,
    hidden_generator,
    Bot(),
    Bot().answer,
    AsynchronousBot(),
    functools.partial(coroutine),
    functools.partial(Bot()),
    functools.lru_cache(whole),
    spanloom.trace(generator),
    spanloom.trace(async_generator),
]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_functions_of_every_kind_in_both_schemas(function):
    agent = spanloom.wrap(function)
    assert agent.predict(input="hi").output_text == "you said hi"
    assert check_events(agent.predict_stream(input="hi"))["status"] == "completed"
    assert asyncio.run(agent.apredict(input="hi")).output_text == "you said hi"
    chat = spanloom.wrap(function, schema="chat").predict([{"role": "user", "content": "hi"}])
    assert [message.content for message in chat.messages] == ["you said hi"]


def test_an_exception_passes_untouched_after_what_was_said():
    def talk(text):
        yield "one "
        raise LookupError("no such city")

    events: list[Any] = []
    with pytest.raises(LookupError, match="no such city"):
        events.extend(spanloom.wrap(talk).predict_stream(input="hi"))
    [item] = check_events(events)["output"]
    assert (item["status"], item["content"][0]["text"]) == ("incomplete", "one ")


def test_closing_the_stream_closes_the_generator_in_its_own_thread():
    threads: list[threading.Thread] = []

    def talk(text):
        threads.append(threading.current_thread())
        try:
            while True:
                yield "again "
        finally:
            threads.append(threading.current_thread())

    stream = spanloom.wrap(talk).predict_stream(input="hi")
    assert next(event.delta for event in stream if event.type == "response.output_text.delta") == "again "
    stream.close()
    threads[0].join(10)
    assert threads[0] is threads[1]


def test_closing_the_stream_stops_an_asynchronous_generator():
    stopped = threading.Event()

    async def talk(text):
        try:
            yield "one"
            await asyncio.Event().wait()
        finally:
            stopped.set()

    stream = spanloom.wrap(talk).predict_stream(input="hi")
    assert next(event.delta for event in stream if event.type == "response.output_text.delta") == "one"
    stream.close()
    assert stopped.is_set()


def test_a_function_that_never_ends_does_not_hold_up_its_caller():
    gate = threading.Event()
    agent = spanloom.wrap(lambda text: gate.wait(10) and text, timeout=0.05)
    with pytest.raises(spanloom.errors.AgentTimeoutError):
        agent.predict(input="hi")
    gate.set()


def test_functions_that_wait_for_each_other_have_threads_enough():
    def nested(depth: int) -> Any:
        if depth == 0:
            return spanloom.wrap(lambda text: text)
        inner = nested(depth - 1)
        return spanloom.wrap(lambda text: inner.predict(input=text).output_text)

    assert nested(40).predict(input="hi").output_text == "hi"


@pytest.mark.parametrize("kind", ["whole", "generator"])
def test_spans_of_a_synchronous_function_are_below_the_agents(kind):
    @spanloom.trace
    def step(text):
        return text.upper()

    def function(text):
        return step(text)

    def generator(text):
        yield step(text)
        yield step(text)

    spanloom.wrap({"whole": function, "generator": generator}[kind], name="bot").predict(input="hi")
    [trace] = spanloom.search_traces()
    root, *steps = trace.data.spans
    assert (root.name, root.span_type) == ("bot", "AGENT")
    assert {(span.name, span.parent_id) for span in steps} == {("step", root.span_id)}


def test_many_words_arrive_in_order():
    agent = spanloom.wrap(lambda text: (f"{number} " for number in range(1000)))
    assert agent.predict(input="hi").output_text == "".join(f"{number} " for number in range(1000))
