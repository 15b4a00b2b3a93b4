from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spanloom
from spanloom.errors import SpanloomError
from spanloom.testing import reset
from spanloom.tracing.pipeline import pipeline
from spanloom.tracing.span import NOOP_SPAN, Span
from spanloom.tracing.tail import TailSampler

TRACE_ID, SPAN_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
NOT_SAMPLED = {"traceparent": f"00-{TRACE_ID}-{SPAN_ID}-00"}
MS = 1_000_000


@pytest.fixture(autouse=True)
def tails() -> None:
    spanloom.configure(sample_rate=0, keep_errors=True, flush_interval=60)


def stored() -> dict[str, list[str]]:
    return {trace.info.name: sorted(span.name for span in trace.data.spans) for trace in spanloom.search_traces()}


def fail(span: Span) -> None:
    span.end(status="ERROR")


def test_a_trace_with_an_error_is_kept_whole_and_the_others_are_not() -> None:
    for name in ("good", "bad"):
        with spanloom.start_span(name), spanloom.start_span("before"):
            pass
    with spanloom.start_span("failed") as root:
        with spanloom.start_span("before"):
            pass
        spanloom.flush()
        with pytest.raises(ValueError, match="no"), spanloom.start_span("broken"):
            raise ValueError("no")
        with spanloom.start_span("after"):
            pass
    assert stored() == {"failed": ["after", "before", "broken", "failed"]}
    trace = spanloom.get_trace(root.trace_id)
    assert trace is not None
    assert trace.info.state == "OK"


def test_nothing_of_a_trace_is_stored_before_the_decision() -> None:
    with spanloom.start_span("root"):
        with spanloom.start_span("child"):
            pass
        assert stored() == {}
    assert stored() == {}


def test_a_slow_trace_is_kept() -> None:
    spanloom.configure(keep_errors=False, keep_slower_than_ms=2000)
    for milliseconds in (1999, 2000):
        root = spanloom.start_span_no_context(f"{milliseconds} ms")
        root.end(end_time_ns=root.start_time_ns + milliseconds * MS)
    assert stored() == {"2000 ms": ["2000 ms"]}


def test_a_trace_that_calls_itself_failed_is_kept() -> None:
    with spanloom.start_span("root"):
        spanloom.update_current_trace(state="ERROR")
    assert stored() == {"root": ["root"]}


def test_what_the_head_samples_is_stored_at_once_and_what_it_leaves_out_waits() -> None:
    spanloom.configure(sampler=lambda name, _: name == "chosen")
    for name in ("chosen", "other"):
        with spanloom.start_span(name), spanloom.start_span("child"):
            pass
    assert stored() == {"chosen": ["child", "chosen"]}


def test_without_tail_sampling_a_trace_that_is_left_out_costs_nothing() -> None:
    spanloom.configure(keep_errors=False, keep_slower_than_ms=math.inf)
    assert spanloom.start_span_no_context("root") is NOOP_SPAN


def test_a_stream_that_outlives_the_root_still_decides() -> None:
    def chunks() -> Iterator[int]:
        yield 1
        raise ConnectionError("gone")

    @spanloom.trace
    def stream() -> Iterator[int]:
        return chunks()

    with spanloom.start_span("root"):
        running = stream()
        assert next(running) == 1
    assert stored() == {}
    with pytest.raises(ConnectionError):
        next(running)
    assert stored() == {"root": ["root", "stream"]}


def test_a_late_span_follows_the_decision() -> None:
    kept, left = spanloom.start_span_no_context("kept"), spanloom.start_span_no_context("left")
    fail(kept)
    left.end()
    spanloom.flush()
    for root in (kept, left):
        fail(spanloom.start_span_no_context("late", parent_span=root))
    assert stored() == {"kept": ["kept", "late"]}


def test_the_roots_of_one_request_are_kept_or_left_out_together() -> None:
    with spanloom.set_tracing_context_from_http_request_headers(NOT_SAMPLED):
        for name in ("first", "second"):
            with spanloom.start_span(name) as root:
                pass
        spanloom.flush()
        with pytest.raises(KeyError), spanloom.start_span("third"):
            raise KeyError
        with spanloom.start_span("fourth"):
            pass
    assert root.trace_id == TRACE_ID
    assert list(stored().values()) == [["first", "fourth", "second", "third"]]


def test_a_request_without_an_error_is_let_go_when_it_is_answered() -> None:
    with spanloom.set_tracing_context_from_http_request_headers(NOT_SAMPLED), spanloom.start_span("root") as root:
        held = root.active_trace.held
    assert held is not None
    spanloom.flush()
    assert (held.kept, held.spans, stored()) == (False, [], {})


def test_a_caller_that_records_is_followed_without_waiting() -> None:
    headers = {"traceparent": NOT_SAMPLED["traceparent"][:-2] + "01"}
    with spanloom.set_tracing_context_from_http_request_headers(headers), spanloom.start_span("root") as root:
        assert root.active_trace.held is None


def test_the_header_says_sampled_only_of_what_is_recorded() -> None:
    def flag() -> str:
        return spanloom.get_tracing_context_headers_for_http_request()["traceparent"][-2:]

    with spanloom.start_span("root"):
        assert flag() == "00", "it is open yet"
        fail(spanloom.start_span_no_context("child", parent_span=spanloom.get_current_active_span()))
        spanloom.flush()
        assert flag() == "01"
    spanloom.configure(sample_rate=1)
    with spanloom.start_span("root"):
        assert flag() == "01"


def test_what_somebody_says_about_a_trace_keeps_it() -> None:
    with spanloom.start_span("root") as root:
        spanloom.log_feedback(root.trace_id, "helpful", value=True)
    [trace] = spanloom.search_traces()
    assert [said.name for said in trace.info.assessments] == ["helpful"]


def test_spans_of_many_threads_are_kept_with_their_root() -> None:
    with spanloom.start_span("root") as root:
        threads = [
            threading.Thread(target=lambda: spanloom.start_span_no_context("child", parent_span=root).end())
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        fail(root)
    assert stored() == {"root": ["child"] * 8 + ["root"]}


def test_too_many_waiting_traces_give_way_the_oldest_first_and_are_counted(caplog: pytest.LogCaptureFixture) -> None:
    pipeline.tail = TailSampler(lambda lost: pipeline._drop(lost, "too much waits"), max_traces=2)
    roots = [spanloom.start_span_no_context(f"root {number}") for number in range(4)]
    with caplog.at_level(logging.WARNING, "spanloom"):
        for root in roots:
            spanloom.start_span_no_context("child", parent_span=root).end()
        spanloom.flush()
        for root in roots:
            fail(root)
        assert stored() == {"root 2": ["child", "root 2"], "root 3": ["child", "root 3"]}
    assert pipeline.dropped == 4
    assert caplog.text.count("dropping spans, too much waits") == 1


def test_what_waits_is_bounded_in_bytes_and_a_trace_that_took_long_is_kept_then() -> None:
    spanloom.configure(keep_slower_than_ms=1000)
    pipeline.tail = TailSampler(lambda lost: pipeline._drop(lost, "too much waits"), max_bytes=50_000)
    long_ago = time.time_ns() - 2000 * MS
    slow, fast = spanloom.start_span_no_context("slow"), spanloom.start_span_no_context("fast")
    slow.active_trace.held.start_time_ns = long_ago
    for root in (slow, fast):
        child = spanloom.start_span_no_context("child", parent_span=root, inputs="x" * 40_000)
        child.end(end_time_ns=child.start_time_ns + 1 if root is fast else long_ago + 1)
        spanloom.flush()
    slow.end()
    assert stored() == {"slow": ["child", "slow"]}
    assert pipeline.dropped == 0


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_every_trace_is_stored_whole_or_not_at_all_and_decided_once(data: Any) -> None:
    """Whatever the order of begins, ends and flushes: kept is exactly what has an error, with all of its spans."""
    reset()
    spanloom.configure(store="sqlite://", sample_rate=0, keep_errors=True, flush_interval=60)
    begun: dict[str, int] = {}
    failed: set[str] = set()
    decided: dict[str, bool] = {}
    open_spans: list[Span] = []
    helds = {}
    for _ in range(data.draw(st.integers(1, 25))):
        step = data.draw(st.sampled_from(["begin", "child", "end", "fail", "flush"]))
        if step == "begin" or (step != "flush" and not open_spans):
            open_spans.append(spanloom.start_span_no_context("root"))
            begun[open_spans[-1].trace_id] = 1
            helds[open_spans[-1].trace_id] = open_spans[-1].active_trace.held
        elif step == "flush":
            spanloom.flush()
        else:
            span = data.draw(st.sampled_from(open_spans))
            if step == "child":
                open_spans.append(spanloom.start_span_no_context("child", parent_span=span))
                begun[span.trace_id] += 1
            else:
                open_spans.remove(span)
                span.end(status="ERROR" if step == "fail" else None)
                if step == "fail":
                    failed.add(span.trace_id)
        for trace_id, held in helds.items():
            assert decided.setdefault(trace_id, held.kept) == held.kept or decided[trace_id] is None
            decided[trace_id] = held.kept
    for span in reversed(open_spans):
        span.end()
    found = {trace.info.trace_id: len(trace.data.spans) for trace in spanloom.search_traces(max_results=100)}
    assert found == {trace_id: count for trace_id, count in begun.items() if trace_id in failed}
    assert all(held.kept is (trace_id in failed) for trace_id, held in helds.items())
    assert pipeline.tail._bytes == len(pipeline.tail._waiting) == 0


def test_a_time_below_zero_is_refused() -> None:
    with pytest.raises(SpanloomError, match=r"configure\(keep_slower_than_ms=-1\)"):
        spanloom.configure(keep_slower_than_ms=-1)


def test_a_rate_ends_a_sampler() -> None:
    spanloom.configure(sampler=lambda _name, _type: False)
    spanloom.configure(sample_rate=1.0)
    with spanloom.start_span("one"):
        pass
    assert [trace.info.name for trace in spanloom.search_traces()] == ["one"]
