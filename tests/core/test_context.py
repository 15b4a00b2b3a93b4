from __future__ import annotations

import asyncio
import contextvars
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

import spanloom
from spanloom.testing import outline
from spanloom.tracing import Span, current_span, register_parent_resolver, use_span
from spanloom.tracing.context import claim_model_span, current, model_span
from spanloom.tracing.recorder import open_span


def test_spans_nest_and_the_previous_one_is_restored() -> None:
    assert spanloom.get_current_active_span() is None
    with spanloom.start_span("outer") as outer:
        with spanloom.start_span("inner", span_type="TOOL") as inner:
            assert current_span() is inner
        assert current_span() is outer
    assert current_span() is None
    assert outline(spanloom.search_traces()[0]) == "UNKNOWN outer\n  TOOL inner"


def test_a_leaked_span_that_ended_gives_way_to_its_nearest_open_ancestor() -> None:
    with spanloom.start_span("outer") as outer:
        inner = open_span("inner", "UNKNOWN")
        current.set(inner)
        inner.end()
        assert current_span() is outer
        current.set(outer)


@pytest.mark.anyio
async def test_concurrent_tasks_keep_their_own_current_span() -> None:
    @spanloom.trace
    async def leaf(name: str) -> None:
        await asyncio.sleep(0)

    @spanloom.trace
    async def branch(name: str) -> None:
        await asyncio.gather(leaf(name), leaf(name))

    with spanloom.start_span("root"):
        await asyncio.gather(branch("a"), branch("b"))
    [trace] = spanloom.search_traces()
    by_id = {span.span_id: span for span in trace.data.spans}
    leaves = trace.search_spans(name="leaf")
    assert len(leaves) == 4
    assert all(by_id[str(span.parent_id)].inputs == span.inputs for span in leaves)


def test_a_copied_context_carries_the_parent_into_a_thread() -> None:
    with spanloom.start_span("root"), ThreadPoolExecutor(1) as pool:

        @spanloom.trace
        def work() -> None:
            pass

        pool.submit(contextvars.copy_context().run, work).result()
        pool.submit(work).result()
    assert sorted(outline(trace) for trace in spanloom.search_traces()) == [
        "UNKNOWN root\n  UNKNOWN work",
        "UNKNOWN work",
    ]


def test_a_resolver_names_the_parent_unless_a_user_span_lies_below_it() -> None:
    framework_span = open_span("framework", "TASK", owner="framework")
    undo = register_parent_resolver(lambda: framework_span)
    try:
        with spanloom.start_span("users") as users, spanloom.start_span("below") as below:
            assert users.parent is framework_span
            assert below.parent is users
        with use_span(open_span("unrelated", "CHAIN", None)):
            assert current_span() is framework_span
    finally:
        undo()
    assert current_span() is None


def test_an_explicit_parent_wins() -> None:
    with spanloom.start_span("ambient"):
        root = spanloom.start_span_no_context("root", inputs={"n": 1}, tags={"env": "test"}, metadata={"v": "1"})
        child = spanloom.start_span_no_context("child", "TOOL", parent_span=root, attributes={"k": 1})
        assert root.parent is None
        child.end(outputs="done")
        root.end(status="ERROR")
    trace = spanloom.get_trace(root.trace_id)
    assert trace is not None
    assert outline(trace) == "UNKNOWN root (ERROR)\n  TOOL child"
    assert (trace.info.tags, trace.info.trace_metadata) == ({"env": "test"}, {"v": "1"})
    assert trace.data.spans[1].outputs == "done"


def test_a_span_ends_once_also_when_threads_race() -> None:
    spans: list[Span] = []
    for _ in range(200):
        span = spanloom.start_span_no_context("raced")
        barrier = threading.Barrier(4)

        def end(span: Span = span, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            span.end()

        threads = [threading.Thread(target=end) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        spans.append(span)
    traces = spanloom.search_traces(max_results=1000)
    assert len(traces) == len(spans)
    assert all(len(trace.data.spans) == 1 for trace in traces)


def test_an_ended_span_ignores_what_is_set_later() -> None:
    span = spanloom.start_span_no_context("done", inputs=1)
    span.end(outputs=2)
    span.set_outputs(3)
    span.set_attribute("late", 1)
    span.add_event("late")
    span.set_status("ERROR", "late")
    span.record_exception(ValueError("late"))
    trace = spanloom.get_trace(span.trace_id)
    assert trace is not None
    [stored] = trace.data.spans
    assert (stored.outputs, stored.attributes, stored.events, stored.status) == (2, {}, [], "OK")


def test_one_client_claims_an_open_model_span_of_a_framework_once() -> None:
    node = open_span("node", "TASK", owner="framework")
    model = open_span("model", "CHAT_MODEL", node, owner="framework")
    model_span.set(model)
    with use_span(node):
        assert claim_model_span("client") is model
        assert claim_model_span("client") is None
    other = open_span("model", "CHAT_MODEL", node, owner="framework")
    model_span.set(other)
    assert claim_model_span("client") is None, "the call happens outside the run the model span belongs to"
    other.end()
    with use_span(node):
        assert claim_model_span("client") is None, "an ended span takes no more facts"
