from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import spanloom
from spanloom import Trace, TraceData, TraceInfo
from spanloom.errors import SchemaError, StoreError
from spanloom.tracing.traces import ReadableSpan


def record(name: str = "agent") -> str:
    with spanloom.start_span(name, spanloom.SpanType.AGENT) as root:
        root.set_inputs({"messages": [{"role": "user", "content": "hé\u2028llo"}]})
        spanloom.update_current_trace(
            tags={"env": "prod"}, metadata={"version": "7"}, session_id="s", user="u", client_request_id="r"
        )
        with spanloom.start_span("first", spanloom.SpanType.CHAT_MODEL) as model:
            model.set_token_usage(spanloom.TokenUsage(3, 4, cache_read_input_tokens=1))
            model.set_attribute("spanloom.cost.total", 0.25)
        with pytest.raises(ValueError, match="bad"), spanloom.start_span("second"):
            raise ValueError("bad")
        root.add_event("thought", {"depth": [1, {"a": None}]})
    spanloom.log_feedback(root.trace_id, "correctness", False, rationale="no", span_id=model.span_id)
    spanloom.log_expectation(root.trace_id, "answer", {"a": [1]})
    return root.trace_id


def stored(trace_id: str) -> Trace:
    trace = spanloom.get_trace(trace_id)
    assert trace is not None
    return trace


def test_traces_travel_from_store_to_store_without_loss(tmp_path: Path) -> None:
    there = [stored(record(f"agent {number}")) for number in range(3)]
    assert spanloom.export_traces(tmp_path / "traces.jsonl", there) == 3
    assert len((tmp_path / "traces.jsonl").read_bytes().splitlines()) == 3
    spanloom.configure(store="sqlite://")
    assert spanloom.import_traces(tmp_path / "traces.jsonl") == (3, 0)
    assert [stored(trace.info.trace_id) for trace in there] == there
    assert [trace.info.trace_id for trace in spanloom.search_traces()] == [trace.info.trace_id for trace in there[::-1]]


def test_a_trace_in_progress_travels_too(tmp_path: Path) -> None:
    with spanloom.start_span("root") as root:
        with spanloom.start_span("step"):
            pass
        there = stored(root.trace_id)
    spanloom.export_traces(tmp_path / "traces.jsonl", [there])
    spanloom.configure(store="sqlite://")
    spanloom.import_traces(tmp_path / "traces.jsonl")
    here = stored(root.trace_id)
    assert (here.info.state, here.info.execution_duration) == ("IN_PROGRESS", None)
    assert here == there


def test_what_the_store_has_is_left_out_unless_it_shall_be_replaced(tmp_path: Path) -> None:
    file = tmp_path / "traces.jsonl"
    there = stored(record())
    spanloom.export_traces(file, [there, there])
    assert spanloom.import_traces(file) == (0, 2)
    spanloom.log_feedback(there.info.trace_id, "later", 1)
    assert spanloom.import_traces(file, replace=True).imported == 1
    assert stored(there.info.trace_id) == there
    assert len(spanloom.search_traces()) == 1


def test_redaction_holds_for_what_is_imported(tmp_path: Path) -> None:
    trace_id = record()
    spanloom.log_feedback(trace_id, value="hello sk-1")
    spanloom.export_traces(tmp_path / "traces.jsonl", [stored(trace_id)])
    spanloom.configure(store=f"sqlite:///{tmp_path}/clean.db", redact=[re.compile("sk-1|llo|prod|agent")])
    spanloom.import_traces(tmp_path / "traces.jsonl")
    spanloom.configure(store="sqlite://")
    connection = sqlite3.connect(tmp_path / "clean.db")
    traces_and_spans = [connection.execute(f"SELECT * FROM {table}").fetchall() for table in ("traces", "spans")]
    said = connection.execute("SELECT value FROM assessments WHERE name = 'feedback'").fetchall()
    connection.close()
    assert "[REDACTED]" in str(traces_and_spans)
    assert not re.search("llo|prod|agent", str(traces_and_spans))
    assert said == [('"he[REDACTED] [REDACTED]"',)]


def test_a_file_from_windows_may_begin_with_a_mark(tmp_path: Path) -> None:
    trace = stored(record())
    file = tmp_path / "traces.jsonl"
    file.write_text(trace.to_json(), encoding="utf-8-sig")
    spanloom.configure(store="sqlite://")
    assert spanloom.import_traces(file) == (1, 0)
    assert stored(trace.info.trace_id) == trace


def test_a_line_that_is_no_trace_is_named_and_what_came_before_it_is_stored(tmp_path: Path) -> None:
    trace_id = record()
    file = tmp_path / "traces.jsonl"
    line = stored(trace_id).to_json()
    spanloom.configure(store="sqlite://")
    file.write_text(f"{line}\n\n{{\n")
    with pytest.raises(
        SchemaError, match=r"line 3: not JSON .*expected one trace a line.*; the 1 traces before it are stored"
    ):
        spanloom.import_traces(file)
    assert stored(trace_id).info.trace_id == trace_id
    file.write_text(f'{line}\n{{"info": {{}}}}\n')
    with pytest.raises(SchemaError, match="line 2: this is not a trace"):
        spanloom.import_traces(file)


@pytest.mark.parametrize(
    ("place", "value", "message"),
    [
        (("info", "request_time"), "yesterday", "request_time: 'yesterday' is not of type int"),
        (("info", "name"), None, "name: None is not of type str"),
        (("info", "tags"), [], r"tags: \[\] is not of type dict"),
        (("info", "assessments"), [1], "not an assessment"),
        (("data", "spans", 0, "attributes"), 3, "attributes: 3 is not of type dict"),
        (("data", "spans", 0, "start_time_ns"), 1.5, "start_time_ns: 1.5 is not of type int"),
        (("data", "spans", 0, "colour"), 1, "colour"),
    ],
)
def test_a_trace_with_a_value_of_another_type_is_refused(place: tuple[Any, ...], value: Any, message: str) -> None:
    document = stored(record()).to_dict()
    part: Any = document
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = value
    with pytest.raises(SchemaError, match=message):
        Trace.from_dict(document)


@pytest.mark.parametrize("content", ["null", "7", '"text"', "[1]", '{"traces": [{}]}', "{\n}", "[[]]", "not\njson"])
def test_files_of_something_else_are_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "other.json"
    file.write_text(content)
    with pytest.raises(SchemaError, match=re.escape(str(file))):
        spanloom.import_traces(file)
    assert spanloom.search_traces() == []


def test_a_document_over_several_lines_may_hold_one_trace_or_many(tmp_path: Path) -> None:
    traces = [stored(record()), stored(record())]
    spanloom.configure(store="sqlite://")
    (tmp_path / "one.json").write_text(traces[0].to_json(pretty=True))
    (tmp_path / "many.json").write_text(json.dumps([trace.to_dict() for trace in traces], indent=1))
    assert spanloom.import_traces(tmp_path / "one.json") == (1, 0)
    assert spanloom.import_traces(tmp_path / "many.json") == (1, 1)
    assert stored(traces[1].info.trace_id) == traces[1]


def test_an_export_that_fails_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    file = tmp_path / "traces.jsonl"
    file.write_text("precious")

    def broken() -> Iterator[Trace]:
        yield stored(record())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        spanloom.export_traces(file, broken())
    assert file.read_text() == "precious"
    assert list(tmp_path.glob("traces*")) == [file]


def test_a_file_that_cannot_be_read_or_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"nowhere/traces\.jsonl can't be read: No such file"):
        spanloom.import_traces(tmp_path / "nowhere/traces.jsonl")
    with pytest.raises(StoreError, match=r"nowhere/traces\.jsonl can't be written: No such file"):
        spanloom.export_traces(tmp_path / "nowhere/traces.jsonl", [])


# Whole numbers of 64 bits, finite floats and no lone surrogates: what JSON of any language can carry.
_TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
_JSON: Any = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | _TEXT,
    lambda values: st.lists(values, max_size=3) | st.dictionaries(_TEXT, values, max_size=3),
    max_leaves=6,
)
_LABELS = st.dictionaries(_TEXT, _TEXT, max_size=3)
_MAYBE = st.none() | _TEXT
_TIME = st.integers(1, 10**7)


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    count = draw(st.integers(1, 4))
    starts = sorted(draw(st.lists(_TIME, min_size=count, max_size=count)))
    spans = [
        ReadableSpan(
            trace_id="t",
            span_id=f"span {number}",
            parent_id=draw(st.none() | st.sampled_from(["span 0", "span 3", "elsewhere"])),
            name=draw(_TEXT),
            span_type=draw(_TEXT),
            start_time_ns=start,
            end_time_ns=start + draw(_TIME),
            status=draw(st.sampled_from(["OK", "ERROR", "CANCELLED"])),
            status_message=draw(_TEXT),
            inputs=draw(_JSON),
            outputs=draw(_JSON),
            attributes=draw(st.dictionaries(_TEXT, _JSON, max_size=3)),
            events=[
                {"name": text, "time_unix_nano": 1, "attributes": {}} for text in draw(st.lists(_TEXT, max_size=2))
            ],
        )
        for number, start in enumerate(starts)
    ]
    info = TraceInfo(
        trace_id="t",
        experiment=draw(_TEXT),
        name=draw(_TEXT),
        state=draw(_TEXT),
        request_time=starts[0] // 1_000_000,
        execution_duration=draw(st.none() | _TIME),
        request_preview=draw(_MAYBE),
        response_preview=draw(_MAYBE),
        client_request_id=draw(_MAYBE),
        session_id=draw(_MAYBE),
        user=draw(_MAYBE),
        trace_metadata=draw(_LABELS),
        tags=draw(_LABELS),
        token_usage=draw(st.none() | st.builds(lambda left, right: spanloom.TokenUsage(left, right, 9), _TIME, _TIME)),
        cost=draw(st.none() | st.floats(0, 100)),
    )
    return Trace(info, TraceData(spans))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(traces())
def test_any_trace_comes_back_from_file_and_store(tmp_path: Path, trace: Trace) -> None:
    spanloom.configure(store="sqlite://")
    spanloom.export_traces(tmp_path / "any.jsonl", [trace])
    assert spanloom.import_traces(tmp_path / "any.jsonl") == (1, 0)
    assert stored("t") == trace
