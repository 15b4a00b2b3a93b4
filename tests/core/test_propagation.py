from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import spanloom
from spanloom.tracing.propagation import parse_traceparent

TRACE_ID, SPAN_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE_ID}-{SPAN_ID}-01"


def test_a_root_span_joins_the_trace_of_the_request():
    with (
        spanloom.set_tracing_context_from_http_request_headers({"TraceParent": TRACEPARENT}),
        spanloom.start_span("root") as root,
        spanloom.start_span("child") as child,
    ):
        pass
    assert (root.trace_id, root.parent_id) == (TRACE_ID, SPAN_ID)
    assert child.parent_id == root.span_id
    stored = spanloom.get_trace(TRACE_ID)
    assert stored is not None
    assert {span.name: span.parent_id for span in stored.data.spans} == {"root": SPAN_ID, "child": root.span_id}
    with spanloom.start_span("later") as later:
        assert later.trace_id != TRACE_ID


def test_a_caller_that_does_not_record_is_followed():
    headers = {"traceparent": TRACEPARENT[:-2] + "00"}
    with spanloom.set_tracing_context_from_http_request_headers(headers), spanloom.start_span("root") as root:
        assert not root.is_recording


def test_headers_go_out_and_come_in_as_one_trace():
    with spanloom.start_span("client") as client:
        headers = spanloom.get_tracing_context_headers_for_http_request()
    with spanloom.set_tracing_context_from_http_request_headers(headers), spanloom.start_span("server") as server:
        pass
    assert (server.trace_id, server.parent_id) == (client.trace_id, client.span_id)
    trace = spanloom.get_trace(client.trace_id)
    assert trace is not None
    assert trace.info.name == "client"  # the part that began first speaks for the trace


def test_outside_any_span_and_with_tracing_off_no_header_goes_out():
    assert spanloom.get_tracing_context_headers_for_http_request() == {}
    with spanloom.tracing_disabled():
        assert spanloom.get_tracing_context_headers_for_http_request() == {}


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "nonsense",
        f"ff-{TRACE_ID}-{SPAN_ID}-01",
        f"00-{'0' * 32}-{SPAN_ID}-01",
        f"00-{TRACE_ID}-{'0' * 16}-01",
        TRACEPARENT.upper(),
        f"00-{TRACE_ID}-{SPAN_ID}",
    ],
)
def test_a_malformed_header_begins_a_new_trace(value: str | None):
    assert parse_traceparent(value) is None


def test_a_later_version_of_the_header_may_say_more():
    assert parse_traceparent(f"01-{TRACE_ID}-{SPAN_ID}-01-more") == (TRACE_ID, SPAN_ID, True)


@given(st.text())
def test_whatever_the_header_says_nothing_fails(value: str):
    parsed = parse_traceparent(value)
    assert parsed is None or len(parsed.trace_id) == 32


@pytest.mark.parametrize(
    ("headers", "joined"),
    [
        ([("Traceparent", TRACEPARENT)], True),
        ([(b"traceparent", TRACEPARENT.encode())], True),
        ({b"traceparent": TRACEPARENT.encode()}, True),
        (None, False),
        (b"traceparent", False),
        (5, False),
    ],
)
def test_headers_of_any_shape_let_the_request_be_answered(headers: object, joined: bool):
    with spanloom.set_tracing_context_from_http_request_headers(headers), spanloom.start_span("here") as span:
        assert (span.trace_id == TRACE_ID) is joined
