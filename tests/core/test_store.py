from __future__ import annotations

import json
import subprocess
import sys

import pytest

import spanloom
from spanloom.errors import SchemaError, StoreError

pytestmark = pytest.mark.usefixtures("store_url")


def record(name: str = "root") -> str:
    with spanloom.start_span(name, attributes={"k": [1]}) as span:
        span.set_inputs({"messages": [{"role": "user", "content": "hello"}]})
        span.set_outputs({"messages": [{"role": "assistant", "content": "hi"}]})
        span.add_event("thought", {"depth": 1})
        span.set_token_usage(spanloom.TokenUsage(3, 4))
    return span.trace_id


def test_a_trace_comes_back_as_it_was_and_survives_json() -> None:
    trace = spanloom.get_trace(record())
    assert trace is not None
    [span] = trace.data.spans
    assert span.inputs == {"messages": [{"role": "user", "content": "hello"}]}
    assert span.attributes["k"] == [1]
    assert (span.events[0]["name"], span.events[0]["attributes"]) == ("thought", {"depth": 1})
    assert (trace.info.request_preview, trace.info.response_preview) == ("hello", "hi")
    assert trace.info.execution_duration is not None
    assert spanloom.Trace.from_json(trace.to_json()) == trace
    assert trace.info.token_usage == spanloom.TokenUsage(3, 4, 7)
    assert spanloom.Trace.from_dict(json.loads(trace.to_json(pretty=True))) == trace


def test_a_trace_that_is_no_trace_is_refused() -> None:
    with pytest.raises(SchemaError, match="not a trace"):
        spanloom.Trace.from_dict({"info": {}})
    with pytest.raises(SchemaError, match="JSON"):
        spanloom.Trace.from_json("{")


def test_traces_are_found_newest_first_by_experiment_and_limit() -> None:
    for experiment in ("a", "b", "a"):
        spanloom.set_experiment(experiment)
        record(f"in {experiment}")
    last = record("last")
    assert [trace.info.experiment for trace in spanloom.search_traces()] == ["a", "a", "b", "a"]
    assert spanloom.search_traces(max_results=1)[0].info.trace_id == last
    assert [trace.info.name for trace in spanloom.search_traces(experiment="b")] == ["in b"]
    assert spanloom.search_traces(experiment="b", include_spans=False)[0].data.spans == []
    assert spanloom.search_traces(experiment="none") == []
    with pytest.raises(ValueError, match="max_results must be a whole number of at least 1, got 0"):
        spanloom.search_traces(max_results=0)


def test_a_trace_in_progress_shows_what_has_ended() -> None:
    with spanloom.start_span("root") as root:
        root.set_inputs("question")
        with spanloom.start_span("step"):
            pass
        [trace] = spanloom.search_traces()
        assert (trace.info.state, trace.info.name, trace.info.execution_duration) == ("IN_PROGRESS", "root", None)
        assert [span.name for span in trace.data.spans] == ["step"]
    [trace] = spanloom.search_traces()
    assert (trace.info.state, len(trace.data.spans)) == ("OK", 2)


def test_another_process_reads_while_this_one_writes(store_url: str) -> None:
    script = (
        "import sys, spanloom\n"
        "for line in sys.stdin:\n"
        "    trace = spanloom.get_trace(line.strip())\n"
        "    print(trace.info.name if trace else None, flush=True)\n"
    )
    reader = subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={"SPANLOOM_STORE": store_url},
    )
    assert reader.stdin is not None
    assert reader.stdout is not None
    with reader:
        for number in range(5):
            trace_id = record(f"trace {number}")
            spanloom.flush()
            reader.stdin.write(trace_id + "\n")
            reader.stdin.flush()
            assert reader.stdout.readline() == f"trace {number}\n"


def test_two_processes_write_to_one_store(store_url: str) -> None:
    script = "import spanloom\nfor n in range(300):\n    with spanloom.start_span('other'):\n        pass\n"
    writers = [subprocess.Popen([sys.executable, "-c", script], env={"SPANLOOM_STORE": store_url}) for _ in range(2)]
    for _ in range(300):
        record("own")
        spanloom.flush()
    assert [writer.wait() for writer in writers] == [0, 0]
    names = [trace.info.name for trace in spanloom.search_traces(max_results=2000)]
    assert (names.count("other"), names.count("own")) == (600, 300)


def test_an_unknown_kind_of_store_lists_the_known_ones() -> None:
    with pytest.raises(StoreError, match=r"'mongo://x' names no trace store; expected .*sqlite://…"):
        spanloom.configure(store="mongo://x")
    with pytest.raises(StoreError, match="names no trace store"):
        spanloom.configure(store="traces.db")
