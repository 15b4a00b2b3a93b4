"""Spans of one trace that come in any order, in several requests, from several services, or twice."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

import spanloom
from spanloom.tracing.attributes import TOTAL_COST

NOON_MS = 1_760_000_000_000
ROOT = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "support", "session.id": "s1", "user.id": "ada"}


def usage(tokens: int, **more: Any) -> dict[str, Any]:
    return {
        "gen_ai.operation.name": "chat",
        "gen_ai.usage.input_tokens": tokens,
        "gen_ai.usage.output_tokens": 1,
        **more,
    }


@pytest.fixture
def agent_run(otlp_span):
    """An agent that sums up its two model calls, one of them below a tool."""
    asked = '[{"role": "user", "parts": [{"type": "text", "content": "Weather?"}]}]'
    return [
        otlp_span(1, None, {**ROOT, "gen_ai.usage.input_tokens": 30, "gen_ai.usage.output_tokens": 2}, start=0, end=10),
        otlp_span(2, 1, usage(10, **{TOTAL_COST: 0.5, "gen_ai.input.messages": asked}), start=1, end=2),
        otlp_span(3, 1, {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "get"}, start=2, end=9),
        otlp_span(4, 3, usage(20, **{TOTAL_COST: 0.25}), start=3, end=4),
    ]


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_any_order_gives_the_same_trace(send, the_trace, agent_run, order):
    for index in order:
        send(agent_run[index])
    trace = the_trace()
    info = trace.info
    assert (info.name, info.state, info.request_time, info.execution_duration) == ("support", "OK", NOON_MS, 10_000)
    assert (info.session_id, info.user, info.request_preview) == ("s1", "ada", "Weather?")
    assert info.token_usage is not None
    assert (info.token_usage.input_tokens, info.token_usage.output_tokens) == (30, 2)
    assert info.cost == pytest.approx(0.75)
    assert [(span.span_id[-1], span.parent_id and span.parent_id[-1]) for span in trace.data.spans] == [
        ("1", None),
        ("2", "1"),
        ("3", "1"),
        ("4", "3"),
    ]


def test_what_is_sent_twice_counts_once(send, the_trace, agent_run):
    send(*agent_run)
    once = the_trace()
    send(*agent_run)
    send(agent_run[3], agent_run[3])
    assert the_trace() == once


def test_a_trace_is_in_progress_until_its_root_has_come(send, the_trace, agent_run):
    send(agent_run[3])
    assert (the_trace().info.state, the_trace().info.name) == ("IN_PROGRESS", "span 4")
    assert the_trace().info.execution_duration is None
    send(agent_run[0])
    assert the_trace().info.state == "OK"


def test_a_trace_whose_root_goes_elsewhere_ends_with_the_part_that_another_process_asked_for(
    send, the_trace, otlp_span
):
    send(otlp_span(3, 2, start=1, end=2), service="here")
    send(otlp_span(2, 1, name="GET /", kind=2, status={"code": 2, "message": "boom"}, end=4), service="here")
    assert (the_trace().info.name, the_trace().info.state) == ("GET /", "ERROR")
    send(otlp_span(4, 2, start=3, end=3.5), service="here")
    assert (the_trace().info.name, the_trace().info.state) == ("GET /", "ERROR")
    assert the_trace().info.execution_duration == 4000


@pytest.mark.parametrize(("flags", "state"), [(0x301, "OK"), (0x101, "IN_PROGRESS")])
def test_flags_tell_whether_the_parent_is_remote(send, the_trace, otlp_span, flags, state):
    send(otlp_span(2, 1, kind=1, flags=flags))
    assert the_trace().info.state == state


def test_a_service_whose_clock_is_behind_does_not_hide_the_root(send, the_trace, otlp_span):
    send(otlp_span(2, 1, start=-5, end=1), service="back")
    send(otlp_span(1, None, name="root", start=0, end=10), service="front")
    info = the_trace().info
    assert (info.name, info.state, info.execution_duration) == ("root", "OK", 10_000)
    assert {span.attributes["service.name"] for span in the_trace().data.spans} == {"front", "back"}


def test_several_traces_in_one_request(send, otlp_span):
    send(otlp_span(1, trace_id="a" * 32), otlp_span(1, trace_id="b" * 32), otlp_span(2, 1, trace_id="a" * 32))
    assert {trace.info.trace_id[0]: len(trace.data.spans) for trace in spanloom.search_traces()} == {"a": 2, "b": 1}


def test_parents_in_a_circle_are_stored_and_do_no_harm(send, the_trace, otlp_span):
    send(otlp_span(1, 2), otlp_span(2, 3), otlp_span(3, 1), otlp_span(4, 4))
    parents = {span.span_id[-1]: span.parent_id and span.parent_id[-1] for span in the_trace().data.spans}
    assert parents == {"1": "2", "2": "3", "3": None, "4": None}


def test_a_trace_that_this_process_records_goes_on_elsewhere(send, the_trace, otlp_span):
    with spanloom.tracing_context(session_id="mine", tags={"env": "prod"}), spanloom.start_span("here") as span:
        span.set_inputs("Weather?")
        trace_id, parent = span.trace_id, int(span.span_id, 16)
        send(otlp_span(1, parent, usage(7), trace_id=trace_id, start=100_000_000))
        assert the_trace().info.token_usage.input_tokens == 7
    spanloom.flush()
    trace = the_trace()
    assert (trace.info.name, trace.info.state, trace.info.session_id) == ("here", "OK", "mine")
    send(otlp_span(2, parent, usage(5), trace_id=trace_id, start=100_000_001))
    trace = the_trace()
    assert (trace.info.name, trace.info.state, trace.info.tags) == ("here", "OK", {"env": "prod"})
    assert trace.info.token_usage.input_tokens == 12
    assert trace.info.request_preview == "Weather?"
    assert len(trace.data.spans) == 3


def test_what_comes_is_redacted(send, the_trace, otlp_span):
    spanloom.configure(redact=["password"])
    send(otlp_span(1, None, {"traceloop.span.kind": "tool", "traceloop.entity.input": '{"password": "secret"}'}))
    assert the_trace().data.spans[0].inputs == {"password": "[REDACTED]"}
    assert "secret" not in (the_trace().info.request_preview or "")


def test_assessments_stay(send, the_trace, otlp_span):
    send(otlp_span(2, 1))
    spanloom.log_feedback(the_trace().info.trace_id, "helpful", value=True)
    send(otlp_span(1))
    assert [said.name for said in the_trace().info.assessments] == ["helpful"]
