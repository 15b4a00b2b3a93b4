from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import spanloom
from spanloom.tracing.exporters import Batch
from spanloom.tracing.guard import failures
from spanloom.tracing.pipeline import pipeline


def names_in(store: Path) -> list[str]:
    spanloom.configure(store=f"sqlite:///{store}")
    return sorted(trace.info.name for trace in spanloom.search_traces(max_results=10_000))


def run(code: str, store: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "SPANLOOM_STORE": f"sqlite:///{store}", **environment},
        capture_output=True,
        text=True,
        check=True,
    )


class Gate:
    """An exporter that a test holds closed."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.opened = threading.Event()
        self.names: list[str] = []

    def export(self, batch: Batch) -> None:
        self.entered.set()
        self.opened.wait()
        self.names += [span.name for span in batch.spans]

    def close(self) -> None:
        pass


def test_spans_reach_the_store_and_every_further_exporter_in_the_background() -> None:
    gate = Gate()
    spanloom.configure(exporters=[gate], flush_interval=0)
    spanloom.start_span_no_context("first").end()
    assert gate.entered.wait(10)
    gate.opened.set()
    assert spanloom.flush(10)
    assert gate.names == ["first"]


def test_a_full_queue_drops_counts_and_reports_once(caplog: pytest.LogCaptureFixture) -> None:
    gate = Gate()
    spanloom.configure(exporters=[gate], flush_interval=0, max_queue_size=10)
    spanloom.start_span_no_context("first").end()
    assert gate.entered.wait(10)
    with caplog.at_level(logging.WARNING, "spanloom"):
        for _ in range(25):
            spanloom.start_span_no_context("later").end()
    assert pipeline.dropped == 15
    assert caplog.text.count("dropping spans, the queue is full") == 1
    assert not spanloom.flush(timeout=0), "the writer is still busy"
    gate.opened.set()
    assert spanloom.flush(10)
    assert len(gate.names) == 11


def test_a_failing_exporter_costs_its_spans_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        def export(self, batch: Batch) -> None:
            raise OSError("no route to host")

        def close(self) -> None:
            pass

    spanloom.configure(exporters=[Broken()])
    with caplog.at_level(logging.WARNING, "spanloom"):
        for _ in range(3):
            spanloom.start_span_no_context("kept").end()
            spanloom.flush()
    assert len(spanloom.search_traces()) == 3
    assert failures["Broken.export"] == 3
    assert caplog.text.count("OSError: no route to host") == 1


def test_spans_are_written_when_the_process_exits(tmp_path: Path) -> None:
    store = tmp_path / "exit.db"
    run("import spanloom\nspanloom.start_span_no_context('at exit').end()", store)
    assert names_in(store) == ["at exit"]


def test_a_process_that_records_nothing_makes_no_store(tmp_path: Path) -> None:
    store = tmp_path / "none.db"
    run("import spanloom\nspanloom.autolog()\n@spanloom.trace\ndef f(): ...", store)
    assert not store.exists()


def test_a_forked_child_writes_its_own_spans_and_not_the_parents(tmp_path: Path) -> None:
    store = tmp_path / "fork.db"
    code = """
import os, spanloom
spanloom.configure(flush_interval=60)
spanloom.start_span_no_context('before').end()
spanloom.flush()
spanloom.start_span_no_context('queued at fork').end()
pid = os.fork()
spanloom.start_span_no_context('child' if pid == 0 else 'parent').end()
spanloom.flush()
if pid == 0:
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
"""
    run(code, store)
    assert names_in(store) == ["before", "child", "parent", "queued at fork"]


def test_a_fork_while_the_writer_is_busy_does_not_hang_the_child(tmp_path: Path) -> None:
    store = tmp_path / "busy.db"
    code = """
import os, threading, spanloom
entered, opened = threading.Event(), threading.Event()
class Slow:
    def export(self, batch):
        if os.getpid() == parent:
            entered.set(); opened.wait()
    def close(self): pass
parent = os.getpid()
spanloom.configure(exporters=[Slow()], flush_interval=0)
spanloom.start_span_no_context('parent').end()
entered.wait()
pid = os.fork()
if pid == 0:
    spanloom.start_span_no_context('child').end()
    spanloom.flush()
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
opened.set()
"""
    run(code, store)
    assert names_in(store) == ["child", "parent"]


MULTIPROCESSING = """
import multiprocessing, sys, spanloom

spanloom.configure(flush_interval=60)

def work(number):
    with spanloom.start_span(f"worker {number}"):
        pass

if __name__ == "__main__":
    with spanloom.start_span("parent"):
        process = multiprocessing.get_context(sys.argv[1]).Process(target=work, args=(1,))
        process.start()
        process.join()
    sys.exit(process.exitcode)
"""


@pytest.mark.parametrize(("method", "traces"), [("fork", 1), ("spawn", 2), ("forkserver", 2)])
def test_multiprocessing_children_write_what_they_recorded(
    method: str, traces: int, store: Path, tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text(MULTIPROCESSING)
    environment = {**os.environ, "SPANLOOM_STORE": f"sqlite:///{store}"}
    subprocess.run([sys.executable, script, method], env=environment, check=True)
    found = spanloom.search_traces()
    assert sorted(span.name for trace in found for span in trace.data.spans) == ["parent", "worker 1"]
    assert len(found) == traces, "a forked child goes on in its parent's trace, a fresh one begins its own"


def test_a_full_disk_costs_spans_and_the_program_goes_on(tmp_path: Path) -> None:
    store = tmp_path / "full.db"
    code = """
import resource, signal, spanloom
from spanloom.tracing.pipeline import pipeline
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
spanloom.start_span_no_context('kept').end()
spanloom.flush()
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
for _ in range(100):
    spanloom.start_span_no_context('lost', inputs='x' * 10_000).end()
    spanloom.flush()
assert 0 < pipeline.dropped <= 100, pipeline.dropped
print('still running')
"""
    finished = run(code, store, SPANLOOM_STRICT="0")
    assert finished.stdout == "still running\n"
    assert finished.stderr.count("dropping spans") == 1
    assert finished.stderr.count("Traceback") == 1
    assert "kept" in names_in(store)


def test_a_store_that_cannot_be_opened_never_hurts_the_traced_program(tmp_path: Path) -> None:
    code = "import spanloom\n@spanloom.trace\ndef f(): return 1\nassert f() == 1\nspanloom.flush()\nprint('fine')"
    finished = run(code, tmp_path / "no such folder" / "x.db", SPANLOOM_STRICT="0")
    assert finished.stdout == "fine\n"
    assert "its folder does not exist" in finished.stderr


HALF = "x\ud800y"


def record_odd_values(odd: Any) -> None:
    with (
        spanloom.tracing_context(session_id=odd, user=odd, tags={"t": odd}, metadata={"m": odd}),
        spanloom.start_span(odd, span_type=odd) as span,
    ):
        span.set_attribute(odd, odd)
        span.add_event(odd, {"e": odd})
        span.set_status("ERROR", odd)
        spanloom.update_current_trace(client_request_id=odd, request_preview=odd, response_preview=odd)


@pytest.mark.parametrize(
    ("odd", "text"), [(UUID(int=5), str(UUID(int=5))), (42, "42"), (HALF, "x\ufffdy"), ("\ud83d\ude00", "\U0001f600")]
)
def test_an_odd_label_becomes_text_and_costs_no_span(store_url: str, odd: object, text: str) -> None:
    with spanloom.start_span("good"):
        pass
    record_odd_values(odd)
    told, good = spanloom.search_traces()
    assert good.info.name == "good"
    (span,) = told.data.spans
    assert (span.name, span.span_type, span.status_message) == (text, text, text)
    assert [event["name"] for event in span.events] == [text]
    assert list(span.attributes) == [text]
    info = told.info
    assert (info.session_id, info.user, info.client_request_id) == (text, text, text)
    assert (info.request_preview, info.response_preview) == (text, text)
    assert (info.tags, info.trace_metadata) == ({"t": text}, {"m": text})


@pytest.mark.parametrize("odd", ["many", True, [1], {"a": 1}, 5.5, -5, 2**63, 2**63 - 1, 1e30, None])
def test_usage_that_is_no_number_of_tokens_is_not_counted(store_url: str, odd: object) -> None:
    with spanloom.start_span("call", span_type="CHAT_MODEL") as span:
        span.set_attributes({"gen_ai.usage.input_tokens": odd, "gen_ai.usage.output_tokens": 3})
        span.set_attribute("spanloom.cost.total", "much")
    (trace,) = spanloom.search_traces()
    assert trace.info.token_usage is not None
    assert (trace.info.token_usage.input_tokens, trace.info.token_usage.output_tokens) == (None, 3)


def test_of_a_batch_that_cannot_be_written_only_the_bad_span_is_lost(
    store_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    before = pipeline.dropped
    with spanloom.start_span("root"):
        with spanloom.start_span("call") as call:
            call.set_attribute("gen_ai.usage.input_tokens", 7)
        for _ in range(2):
            with spanloom.start_span("bad") as bad:
                bad.start_time_ns = [1]  # type: ignore[assignment]
    with spanloom.start_span("other"):
        pass
    other, trace = spanloom.search_traces()
    assert (other.info.name, trace.info.name) == ("other", "root")
    assert sorted(span.name for span in trace.data.spans) == ["call", "root"]
    assert trace.info.token_usage is not None
    assert trace.info.token_usage.input_tokens == 7
    assert pipeline.dropped == before + 2
    assert len([record for record in caplog.records if ".export failed" in record.message]) == 1
