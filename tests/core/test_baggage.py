from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import spanloom
from spanloom.tracing.baggage import MAX_BYTES, MAX_MEMBERS, BaggageMember, format_baggage, parse_baggage

TRACE_ID, SPAN_ID = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
TRACEPARENT = f"00-{TRACE_ID}-{SPAN_ID}-01"

KEYS = st.text("!#$%&'*+-.^_`|~0123456789abcXYZ", min_size=1, max_size=30)
VALUES = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@given(st.lists(st.tuples(KEYS, VALUES), max_size=20))
def test_what_goes_out_comes_in(facts: list[tuple[str, str]]):
    header = format_baggage([BaggageMember.of(key, value) for key, value in facts])
    assert header.isascii()
    assert header.isprintable()
    assert [(member.key, member.value) for member in parse_baggage([header])] == facts
    assert format_baggage(parse_baggage([header])) == header


@given(st.lists(st.text(), max_size=3))
def test_whatever_a_header_says_nothing_fails_and_the_limits_hold(headers: list[str]):
    members = parse_baggage(headers)
    header = format_baggage(members)
    assert header.isascii()
    assert "\n" not in header
    assert parse_baggage([header]) == members


@given(st.lists(st.integers(0, 3000), max_size=100))
def test_what_exceeds_the_limits_is_left_out_as_whole_members(lengths: list[int]):
    members = [BaggageMember.of(f"k{number}", "v" * length) for number, length in enumerate(lengths)]
    header = format_baggage(members)
    kept = parse_baggage([header])
    assert len(header) <= MAX_BYTES
    assert len(kept) <= MAX_MEMBERS
    assert set(kept) <= set(members)
    if len(members) <= MAX_MEMBERS and sum(len(member.text) + 1 for member in members) <= MAX_BYTES:
        assert list(kept) == members


@pytest.mark.parametrize(
    "text", ["novalue", "=x", "a b=c", 'a="quoted"', "a=ü", "a=1;b c=2", "a=1;", "a=\\", "a=b c", "k\r\nx=1"]
)
def test_a_malformed_member_is_ignored_and_the_others_count(text: str):
    assert [member.key for member in parse_baggage([f"first=1,{text}, last=2"])] == ["first", "last"]


def test_bytes_that_are_no_text_become_replacement_characters():
    assert parse_baggage(["a=%FF"])[0].value == "\ufffd"


def test_session_and_user_of_the_request_are_those_of_the_trace():
    headers = {"TraceParent": TRACEPARENT, "Baggage": "session.id=chat%2042 , user.id=ada;tier=gold"}
    with spanloom.set_tracing_context_from_http_request_headers(headers), spanloom.start_span("root"):
        pass
    trace = spanloom.get_trace(TRACE_ID)
    assert trace is not None
    assert (trace.info.session_id, trace.info.user) == ("chat 42", "ada")
    with spanloom.start_span("later"):
        assert spanloom.get_tracing_context_headers_for_http_request().keys() == {"traceparent"}


def test_what_came_is_passed_on_unchanged():
    came = "tenant=a%20b;p=1;q,user.id=ada;tier=gold,x=%7e"
    headers = {"traceparent": TRACEPARENT, "tracestate": "rojo=1,congo=2", "baggage": came}
    with spanloom.set_tracing_context_from_http_request_headers(headers):
        between = spanloom.get_tracing_context_headers_for_http_request()
        with spanloom.start_span("root") as root:
            inside = spanloom.get_tracing_context_headers_for_http_request()
    assert between == headers, "who records nothing passes on what came"
    assert inside == {**headers, "traceparent": f"00-{TRACE_ID}-{root.span_id}-01"}
    assert spanloom.get_tracing_context_headers_for_http_request() == {}


def test_session_and_user_go_out_when_they_are_known():
    with spanloom.tracing_context(session_id="chat, 42", user="Ada ü"):
        assert spanloom.get_tracing_context_headers_for_http_request() == {
            "baggage": "session.id=chat%2C%2042,user.id=Ada%20%C3%BC"
        }
    with spanloom.start_span("root"):
        spanloom.update_current_trace(user="grace")
        assert spanloom.get_tracing_context_headers_for_http_request()["baggage"] == "user.id=grace"


def test_another_user_takes_the_place_of_the_one_that_came():
    headers = {"traceparent": TRACEPARENT, "baggage": "a=1,user.id=ada;tier=gold"}
    with spanloom.set_tracing_context_from_http_request_headers(headers), spanloom.start_span("root"):
        spanloom.update_current_trace(user="grace")
        assert spanloom.get_tracing_context_headers_for_http_request()["baggage"] == "user.id=grace,a=1"


def test_a_state_without_its_trace_is_dropped():
    for traceparent in ("nonsense", f"00-{'0' * 32}-{SPAN_ID}-01"):
        headers = {"traceparent": traceparent, "tracestate": "rojo=1", "baggage": "a=1"}
        with spanloom.set_tracing_context_from_http_request_headers(headers), spanloom.start_span("root"):
            assert spanloom.get_tracing_context_headers_for_http_request().keys() == {"traceparent", "baggage"}


def test_a_state_goes_only_with_its_own_trace():
    headers = {"traceparent": TRACEPARENT, "tracestate": "rojo=1"}
    other = spanloom.start_span_no_context("other")
    with spanloom.set_tracing_context_from_http_request_headers(headers):
        from spanloom.tracing import use_span

        with use_span(other):
            assert "tracestate" not in spanloom.get_tracing_context_headers_for_http_request()
    other.end()


def test_a_state_with_line_breaks_is_dropped():
    headers = {"traceparent": TRACEPARENT, "tracestate": "rojo=1\r\nx-evil: 1"}
    with spanloom.set_tracing_context_from_http_request_headers(headers):
        assert "tracestate" not in spanloom.get_tracing_context_headers_for_http_request()
