"""`streamify` and `asyncify`."""

from __future__ import annotations

import asyncio
import threading

import dspy
import pytest
from dspy.utils.callback import BaseCallback
from inline_snapshot import snapshot

import spanloom
from spanloom.testing import Reply, outline
from spanloom.tracing import attributes

TREE = snapshot("""\
UNKNOWN request
  CHAIN Predict
    PARSER ChatAdapter.format
    CHAT_MODEL chat gpt-4o-mini [10+2 tokens]
    PARSER ChatAdapter.parse\
""")


@pytest.fixture
def program(lm, fields):
    predict = dspy.Predict("question -> answer")
    predict.set_lm(lm(fields(answer="one two three")))
    return predict


@pytest.mark.anyio
@pytest.mark.parametrize("asynchronous", [False, True])
async def test_a_stream_stays_below_the_users_span(program, the_trace, asynchronous):
    listener = dspy.streaming.StreamListener("answer")
    stream = dspy.streamify(program, stream_listeners=[listener], is_async_program=asynchronous)
    with spanloom.start_span("request") as request:
        async for _ in stream(question="count"):
            assert spanloom.get_current_active_span() is request
    assert outline(the_trace()) == TREE
    (model,) = the_trace().search_spans(span_type="CHAT_MODEL")
    assert model.attributes[attributes.TIME_TO_FIRST_CHUNK_MS] > 0


def test_so_does_one_that_is_read_synchronously(program, the_trace):
    with spanloom.start_span("request") as request:
        for _ in dspy.streamify(program, async_streaming=False)(question="count"):
            assert spanloom.get_current_active_span() is request
    assert outline(the_trace()) == TREE


@pytest.mark.anyio
async def test_an_asyncified_program_stays_below_the_users_span(program, the_trace):
    with spanloom.start_span("request"):
        assert (await dspy.asyncify(program)(question="count")).answer == "one two three"
    assert outline(the_trace()) == TREE


def test_a_program_in_a_thread_whose_reader_has_left_is_cancelled(lm, the_trace):
    gate, ended = threading.Event(), threading.Event()

    class Ended(BaseCallback):
        def on_module_end(self, call_id, outputs, exception=None):
            ended.set()

    program = dspy.Predict("question -> answer")
    program.callbacks = [Ended()]
    program.set_lm(lm(Reply("one two three", hold=gate, hold_after=1)))

    async def leave() -> None:
        stream = dspy.streamify(program)(question="count")
        await anext(stream)
        await stream.aclose()

    asyncio.run(leave())
    gate.set()
    assert ended.wait(30)
    trace = the_trace()
    (model,) = trace.search_spans(span_type="CHAT_MODEL")
    assert [span.status for span in trace.data.spans] == ["CANCELLED", "OK", "CANCELLED"]
    assert model.attributes[attributes.STREAM_END] == "closed"
    assert model.outputs == {"messages": [{"role": "assistant", "content": "one two "}]}
