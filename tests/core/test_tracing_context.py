from __future__ import annotations

import pytest

import spanloom
from spanloom.errors import SpanloomError


def the_info() -> spanloom.TraceInfo:
    (trace,) = spanloom.search_traces()
    return trace.info


def test_every_trace_inside_is_labelled_and_none_outside() -> None:
    with spanloom.tracing_context(session_id="s1", user="ada", tags={"env": "test"}, metadata={"version": 7}):
        with spanloom.start_span("one"):
            pass
        with spanloom.start_span("two"):
            pass
    with spanloom.start_span("three"):
        pass
    infos = {trace.info.name: trace.info for trace in spanloom.search_traces()}
    for name in ("one", "two"):
        assert (infos[name].session_id, infos[name].user) == ("s1", "ada")
        assert (infos[name].tags, infos[name].trace_metadata) == ({"env": "test"}, {"version": "7"})
    assert (infos["three"].session_id, infos["three"].user, infos["three"].tags) == (None, None, {})


def test_an_inner_context_adds_and_overrides() -> None:
    with (
        spanloom.tracing_context(session_id="s1", user="ada", tags={"a": "1", "b": "1"}),
        spanloom.tracing_context(user="bob", tags={"b": "2"}),
        spanloom.start_span("one"),
    ):
        pass
    assert (the_info().session_id, the_info().user, the_info().tags) == ("s1", "bob", {"a": "1", "b": "2"})


def test_a_trace_that_is_active_already_is_labelled_too() -> None:
    with spanloom.start_span("one"), spanloom.tracing_context(session_id="s1"):
        pass
    assert the_info().session_id == "s1"


def test_the_context_is_restored_when_the_block_fails() -> None:
    with pytest.raises(KeyError), spanloom.tracing_context(session_id="s1"):
        raise KeyError("x")
    with spanloom.start_span("one"):
        pass
    assert the_info().session_id is None


def test_without_content_facts_and_errors_are_still_recorded() -> None:
    spanloom.configure(capture_content=False)

    @spanloom.trace(span_type="TOOL")
    def lookup(name: str) -> str:
        raise SpanloomError("no")

    with pytest.raises(SpanloomError):
        lookup("ada")
    (trace,) = spanloom.search_traces()
    (span,) = trace.data.spans
    assert (span.inputs, span.outputs, span.name, span.status) == (None, None, "lookup", "ERROR")
    assert (trace.info.request_preview, trace.info.response_preview) == (None, None)
    assert span.events[0]["attributes"]["exception.message"] == "no"


def test_the_environment_switches_content_off(monkeypatch: pytest.MonkeyPatch) -> None:
    from spanloom.tracing.settings import Settings

    monkeypatch.setenv("SPANLOOM_CAPTURE_CONTENT", "0")
    assert not Settings().capture_content
    monkeypatch.delenv("SPANLOOM_CAPTURE_CONTENT")
    assert Settings().capture_content
