"""Joining and leaving LlamaIndex's dispatcher."""

from __future__ import annotations

import subprocess
import sys
import textwrap

from llama_index.core.llms import ChatMessage
from llama_index_instrumentation import get_dispatcher
from llama_index_instrumentation.span_handlers import BaseSpanHandler

import spanloom
from spanloom.instrument.registry import installations
from spanloom.testing import Reply
from spanloom.testing.garbage import collect_garbage
from spanloom.tracing.guard import failures
from spanloom_autolog.llama_index import content
from spanloom_autolog.llama_index.hook import runs

ROOT = get_dispatcher()
QUESTION = [ChatMessage("hi")]


def test_the_undo_leaves_the_handlers_of_others_where_they_are():
    spanloom.autolog(disable=True)
    lists = (ROOT.span_handlers, ROOT.event_handlers)
    before = [[*handlers] for handlers in lists]
    for _ in range(3):
        spanloom.autolog("llama_index")
        assert [len(handlers) for handlers in lists] == [len(handlers) + 1 for handlers in before]
        spanloom.autolog("llama_index", disable=True)
        for handlers, then in zip(lists, before, strict=True):
            assert all(one is other for one, other in zip(handlers, then, strict=True))
    assert lists == (ROOT.span_handlers, ROOT.event_handlers)


def test_a_handler_that_somebody_kept_does_nothing_while_switched_off(model):
    ours = ROOT.span_handlers[-1]
    assert isinstance(ours, BaseSpanHandler)
    spanloom.autolog("llama_index", disable=True)
    ROOT.add_span_handler(ours)
    try:
        model(Reply("hi")).chat(QUESTION)
    finally:
        ROOT.span_handlers.remove(ours)
    assert spanloom.search_traces() == []


def test_a_drifted_dispatcher_costs_that_hook_only(monkeypatch, model, the_trace):
    from llama_index_instrumentation.dispatcher import Dispatcher

    monkeypatch.setenv("SPANLOOM_STRICT", "0")
    monkeypatch.delattr(Dispatcher, "add_event_handler")
    spanloom.autolog("llama_index")
    assert [*installations["llama_index"].skipped] == ["llama_index_instrumentation:Dispatcher.event_handlers"]
    model(Reply("hi")).chat(QUESTION)
    stream = model(Reply("hi")).stream_chat(QUESTION)
    list(stream)
    del stream
    collect_garbage()
    assert [trace.data.spans[0].status for trace in spanloom.search_traces()] == ["CANCELLED", "OK"]
    failures.clear()


def test_switching_off_in_the_middle_of_a_stream_ends_what_is_open(model, the_trace):
    stream = model(Reply("one two")).stream_chat(QUESTION)
    next(stream)
    spanloom.autolog("llama_index", disable=True)
    assert not runs._open
    assert [chunk.delta for chunk in stream if chunk.delta] == ["one ", "two"]
    assert the_trace().data.spans[0].status == "CANCELLED"


def test_the_open_runs_are_bounded(monkeypatch, model, provider):
    monkeypatch.setattr("spanloom_autolog.llama_index.runs.MAX_OPEN_RUNS", 2)
    llm = model(server=provider())
    streams = [llm.stream_chat(QUESTION) for _ in range(3)]
    assert len(runs._open) == 2
    for stream in streams:
        list(stream)
    assert [trace.info.state for trace in spanloom.search_traces()[::-1]] == ["CANCELLED", "OK", "OK"]


def test_a_dispatcher_that_shuts_down_ends_what_is_open(model, the_trace):
    stream = model(Reply("one two")).stream_chat(QUESTION)
    ROOT.shutdown()
    assert not runs._open
    del stream
    assert the_trace().data.spans[0].status == "CANCELLED"


def test_a_failure_of_ours_is_counted_though_llama_index_swallows_it(monkeypatch, model, the_trace):
    monkeypatch.setattr(content, "inputs", lambda *_: 1 / 0)
    monkeypatch.setenv("SPANLOOM_STRICT", "0")
    assert model(Reply("Hello!")).chat(QUESTION).message.content == "Hello!"
    (span,) = the_trace().data.spans
    assert (span.inputs, span.outputs["messages"][0]["content"]) == (None, "Hello!")
    assert failures == {"llama_index: inputs": 1}
    failures.clear()


def test_workflows_alone_need_nothing_of_llama_index_core(tmp_path):
    script = f"""
        import asyncio, sys
        import spanloom
        spanloom.configure(store="sqlite:///{tmp_path / "other.db"}")
        spanloom.autolog("llama_index")
        from workflows import Workflow, step
        from workflows.events import StartEvent, StopEvent

        class Hello(Workflow):
            @step
            async def greet(self, ev: StartEvent) -> StopEvent:
                return StopEvent(result="hi")

        async def main():
            await Hello().run()

        asyncio.run(main())
        from spanloom.testing import outline
        print([outline(trace) for trace in spanloom.search_traces()], "llama_index.core" in sys.modules)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.stdout == "['WORKFLOW Hello\\n  TASK greet'] False\n", done.stderr
