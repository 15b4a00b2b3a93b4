from __future__ import annotations

import logging

import pytest

import spanloom
from spanloom.testing import outline
from spanloom.tracing import NOOP_SPAN_ID, TokenUsage


def test_facts_about_the_current_trace_are_stored() -> None:
    with spanloom.start_span("root"):
        spanloom.update_current_trace(tags={"env": "dev"}, metadata={"version": "3"}, session_id="s1", user="u1")
        with spanloom.start_span("child"):
            spanloom.update_current_trace(
                tags={"team": "a"}, client_request_id="r1", request_preview="RP", response_preview="SP", state="ERROR"
            )
    [trace] = spanloom.search_traces()
    info = trace.info
    assert info.tags == {"env": "dev", "team": "a"}
    assert info.trace_metadata == {"version": "3"}
    assert (info.session_id, info.user, info.client_request_id) == ("s1", "u1", "r1")
    assert (info.request_preview, info.response_preview, info.state) == ("RP", "SP", "ERROR")


def test_updating_without_a_trace_warns_and_does_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "spanloom"):
        spanloom.update_current_trace(tags={"env": "dev"})
    assert "no trace is active" in caplog.text


def test_the_last_trace_is_known_by_its_id() -> None:
    assert spanloom.get_last_active_trace_id() is None
    with spanloom.start_span("root") as span:
        pass
    trace_id = spanloom.get_last_active_trace_id()
    assert trace_id == span.trace_id
    trace = spanloom.get_trace(str(trace_id))
    assert trace is not None
    assert trace.info.name == "root"
    assert spanloom.get_trace("0" * 32) is None


def test_token_usage_is_summed_up_and_nested_reports_count_once() -> None:
    with spanloom.start_span("agent", "AGENT") as agent:
        with spanloom.start_span("first", "CHAT_MODEL") as first:
            first.set_token_usage(TokenUsage(10, 5, cache_read_input_tokens=4))
        with spanloom.start_span("tool", "TOOL"), spanloom.start_span("second", "CHAT_MODEL") as second:
            second.set_token_usage(TokenUsage(20, 7, 27, reasoning_output_tokens=3))
        agent.set_token_usage(TokenUsage(30, 12, 42))
    [trace] = spanloom.search_traces()
    usage = trace.info.token_usage
    assert usage is not None
    assert (usage.input_tokens, usage.output_tokens, usage.total) == (30, 12, 42)


def test_a_report_that_saw_fewer_tokens_gives_way_to_those_below() -> None:
    with spanloom.start_span("agent", "AGENT") as agent:
        for _ in range(2):
            with spanloom.start_span("model", "CHAT_MODEL") as model:
                model.set_token_usage(TokenUsage(10, 5, 15))
        agent.set_token_usage(TokenUsage(10, 5, 15))
    [trace] = spanloom.search_traces()
    assert trace.info.token_usage is not None
    assert trace.info.token_usage.total == 30


def test_usage_is_unknown_where_nobody_reports_any() -> None:
    with spanloom.start_span("root"):
        pass
    assert spanloom.search_traces()[0].info.token_usage is None


def test_nothing_is_recorded_while_tracing_is_disabled() -> None:
    with spanloom.start_span("root"):
        with spanloom.tracing_disabled(), spanloom.start_span("hidden") as hidden:
            assert hidden.span_id == NOOP_SPAN_ID
            assert not hidden.is_recording
            assert spanloom.get_current_active_span() is None
            spanloom.update_current_trace(tags={"hidden": "yes"})
        with spanloom.start_span("seen"):
            pass
    [trace] = spanloom.search_traces()
    assert outline(trace) == "UNKNOWN root\n  UNKNOWN seen"
    assert trace.info.tags == {}


def test_a_trace_that_is_not_sampled_leaves_nothing_not_even_children() -> None:
    spanloom.configure(sample_rate=0)

    @spanloom.trace
    def stream():
        with spanloom.start_span("inner"):
            yield 1

    with spanloom.start_span("root"), spanloom.start_span("child"):
        pass
    assert list(stream()) == [1]
    assert spanloom.search_traces() == []


def test_the_sampler_decides_by_name_and_type() -> None:
    spanloom.configure(sampler=lambda name, span_type: span_type == "AGENT")
    with spanloom.start_span("a", "AGENT"), spanloom.start_span("b", "TOOL"):
        pass
    with spanloom.start_span("b", "TOOL"):
        pass
    assert [outline(trace) for trace in spanloom.search_traces()] == ["AGENT a\n  TOOL b"]


def test_about_the_given_share_of_traces_is_sampled() -> None:
    spanloom.configure(sample_rate=0.5)
    for _ in range(1000):
        spanloom.start_span_no_context("root").end()
    assert 350 < len(spanloom.search_traces(max_results=1000)) < 650


def test_tracing_can_be_switched_off_altogether() -> None:
    spanloom.configure(enabled=False)
    with spanloom.start_span("root"):
        pass
    spanloom.configure(enabled=True)
    assert spanloom.search_traces() == []
