from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import spanloom
from spanloom.errors import SpanloomError
from spanloom.otlp import OtlpExporter
from spanloom.tracing.pipeline import pipeline


def send(exporter: OtlpExporter) -> None:
    assert spanloom.flush(10)
    assert exporter.flush(30)


def facts(span: Any) -> dict[str, str]:
    return {attribute.key: attribute.value.string_value for attribute in span.attributes}


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def test_a_trace_arrives_with_ids_times_status_and_events(receiver: Any) -> None:
    exporter = OtlpExporter(receiver.url + "/v1/traces", headers={"x-key": "secret"})
    spanloom.configure(exporters=[exporter])
    with spanloom.start_span("agent", span_type="AGENT") as span:
        spanloom.start_span_no_context("lookup", span_type="TOOL", parent_span=span).end()
        span.record_exception(LookupError("no such city"))
    send(exporter)
    tool, agent = receiver.spans
    stored = spanloom.search_traces()[0]
    assert agent.trace_id.hex() == tool.trace_id.hex() == stored.info.trace_id
    assert tool.parent_span_id == agent.span_id
    assert not agent.parent_span_id
    assert [agent.start_time_unix_nano, agent.end_time_unix_nano] == [
        stored.data.spans[0].start_time_ns,
        stored.data.spans[0].end_time_ns,
    ]
    assert (tool.status.code, agent.status.code, agent.status.message) == (1, 2, "LookupError: no such city")
    assert [event.name for event in agent.events] == ["exception"]
    assert facts(agent)["error.type"] == "LookupError"
    assert receiver.headers[0]["x-key"] == "secret"
    assert receiver.requests[0].resource_spans[0].scope_spans[0].scope.name == "spanloom"


def test_a_trace_that_began_elsewhere_keeps_its_remote_parent(receiver: Any) -> None:
    exporter = OtlpExporter(receiver.url)
    spanloom.configure(exporters=[exporter])
    header = f"00-{'a' * 32}-{'b' * 16}-01"
    with spanloom.set_tracing_context_from_http_request_headers({"traceparent": header}), spanloom.start_span("here"):
        pass
    send(exporter)
    assert receiver.spans[0].trace_id.hex() == "a" * 32
    assert receiver.spans[0].parent_span_id.hex() == "b" * 16


def test_the_standard_variables_say_where_to_and_who(receiver: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=from%20outside")
    monkeypatch.setenv("OTEL_SERVICE_NAME", "support")
    exporter = OtlpExporter()
    spanloom.configure(exporters=[exporter])
    spanloom.start_span_no_context("one").end()
    send(exporter)
    assert receiver.paths == ["/v1/traces"]
    assert receiver.headers[0]["x-key"] == "from outside"
    resource = receiver.requests[0].resource_spans[0].resource
    assert facts(resource)["service.name"] == "support"


def test_an_endpoint_without_a_path_gets_the_standard_one(receiver: Any) -> None:
    exporter = OtlpExporter(receiver.url)
    spanloom.configure(exporters=[exporter])
    spanloom.start_span_no_context("one").end()
    send(exporter)
    assert receiver.paths == ["/v1/traces"]


def test_without_the_extra_the_error_says_what_to_install(tmp_path: Path) -> None:
    code = """
import sys
sys.modules['opentelemetry.exporter'] = None
from spanloom.errors import MissingExtraError
try:
    from spanloom.otlp import OtlpExporter
except MissingExtraError as error:
    assert "pip install 'spanloom[otlp]'" in str(error)
else:
    raise AssertionError
"""
    run(code, tmp_path / "none.db", "")


def test_an_endpoint_that_is_no_url_is_refused_at_once() -> None:
    with pytest.raises(SpanloomError, match=r"expected the URL of an OTLP/HTTP receiver, e\.g\. 'http://"):
        OtlpExporter("localhost:4318")


def test_a_receiver_that_is_busy_is_asked_again(receiver: Any) -> None:
    receiver.statuses = [503]
    exporter = OtlpExporter(receiver.url)
    spanloom.configure(exporters=[exporter])
    spanloom.start_span_no_context("one").end()
    send(exporter)
    assert [span.name for span in receiver.spans] == ["one"]
    assert len(receiver.paths) == 2
    assert exporter.dropped == 0


def test_what_a_receiver_refuses_is_counted_and_reported_once(receiver: Any, caplog: pytest.LogCaptureFixture) -> None:
    receiver.statuses = [401, 401]
    exporter = OtlpExporter(receiver.url)
    spanloom.configure(exporters=[exporter])
    with caplog.at_level(logging.WARNING, "spanloom"):
        for _ in range(2):
            spanloom.start_span_no_context("refused").end()
            send(exporter)
    spanloom.start_span_no_context("taken").end()
    send(exporter)
    assert [span.name for span in receiver.spans] == ["taken"]
    assert exporter.dropped == pipeline.dropped == 2
    assert caplog.text.count("the receiver did not take them") == 1


def test_a_dead_receiver_holds_up_neither_the_store_nor_flush(unused_port: int) -> None:
    exporter = OtlpExporter(f"http://127.0.0.1:{unused_port}", timeout=0.5)
    spanloom.configure(exporters=[exporter])
    for _ in range(10):
        spanloom.start_span_no_context("kept").end()
        assert spanloom.flush(0), "nobody else writes"
    assert len(spanloom.search_traces()) == 10
    assert not exporter.flush(30), "they are kept for a receiver that comes back"
    spanloom.configure(exporters=[])
    assert exporter.dropped == 10


def test_spans_wait_for_a_receiver_that_comes_back(receiver: Any) -> None:
    receiver.statuses = [503, 503]
    exporter = OtlpExporter(receiver.url, timeout=0.5)
    spanloom.configure(exporters=[exporter])
    for name in ("first", "second"):
        spanloom.start_span_no_context(name).end()
        assert spanloom.flush()
        assert not exporter.flush(30), "it was refused"
    spanloom.start_span_no_context("third").end()
    send(exporter)
    assert [span.name for span in receiver.spans] == ["first", "second", "third"]
    assert exporter.dropped == 0


def test_spans_survive_a_restart_of_their_receiver(receiver: Any, unused_port: int) -> None:
    exporter = OtlpExporter(f"http://127.0.0.1:{unused_port}", timeout=0.5)
    spanloom.configure(exporters=[exporter])
    spanloom.start_span_no_context("kept").end()
    assert spanloom.flush()
    assert not exporter.flush(30)
    with receiver.also_at(unused_port):
        send(exporter)
    assert [span.name for span in receiver.spans] == ["kept"]
    assert exporter.dropped == 0


def test_no_more_is_kept_for_a_receiver_than_the_queue_holds(receiver: Any) -> None:
    receiver.statuses = [503]
    receiver.opened.clear()
    exporter = OtlpExporter(receiver.url, timeout=0.5)
    spanloom.configure(exporters=[exporter], max_queue_size=10)
    for number in range(8):
        spanloom.start_span_no_context(f"{number}").end()
    assert spanloom.flush()
    assert not exporter.flush(0)
    assert receiver.entered.wait(10)
    for number in range(8, 14):
        spanloom.start_span_no_context(f"{number}").end()
    assert spanloom.flush()
    receiver.opened.set()
    exporter.flush(30)
    send(exporter)
    assert [span.name for span in receiver.spans] == [str(number) for number in (0, 1, 2, 3, *range(8, 14))]
    assert exporter.dropped == 4


def test_what_a_receiver_can_never_take_is_dropped_at_last(receiver: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("spanloom.otlp.exporter._GIVE_UP_SECONDS", 0)
    receiver.statuses = [503]
    exporter = OtlpExporter(receiver.url, timeout=0.5)
    spanloom.configure(exporters=[exporter])
    for name in ("poison", "good"):
        spanloom.start_span_no_context(name).end()
        send(exporter)
    assert [span.name for span in receiver.spans] == ["good"]
    assert exporter.dropped == 1


def test_a_slow_receiver_fills_the_queue_and_the_store_has_everything(receiver: Any) -> None:
    receiver.opened.clear()
    exporter = OtlpExporter(receiver.url)
    spanloom.configure(exporters=[exporter], max_queue_size=10)
    spanloom.start_span_no_context("first").end()
    assert spanloom.flush()
    assert not exporter.flush(0), "it is on its way"
    assert receiver.entered.wait(10)
    for _ in range(25):
        spanloom.start_span_no_context("later").end()
        assert spanloom.flush()
    assert exporter.dropped == pipeline.dropped == 15
    assert len(spanloom.search_traces()) == 26
    receiver.opened.set()
    send(exporter)
    assert len(receiver.spans) == 11


def test_spans_that_wait_together_travel_together(receiver: Any) -> None:
    exporter = OtlpExporter(receiver.url)
    spanloom.configure(exporters=[exporter])
    for number in range(20):
        spanloom.start_span_no_context(f"{number}").end()
        assert spanloom.flush()
    assert exporter.flush(30)
    assert len(receiver.spans) == 20
    assert len(receiver.requests) <= 2


def test_a_request_stays_small_enough_for_any_collector(receiver: Any) -> None:
    exporter = OtlpExporter(receiver.url)
    spanloom.configure(exporters=[exporter])
    for _ in range(30):
        spanloom.start_span_no_context("large", inputs="x" * 250_000).end()
    send(exporter)
    assert len(receiver.spans) == 30
    assert max(request.ByteSize() for request in receiver.requests) < 4_000_000


def test_close_sends_what_is_queued_and_refuses_what_follows(receiver: Any) -> None:
    exporter = OtlpExporter(receiver.url)
    spanloom.configure(exporters=[exporter])
    spanloom.start_span_no_context("queued").end()
    spanloom.configure(exporters=[])
    assert [span.name for span in receiver.spans] == ["queued"]
    spanloom.configure(exporters=[exporter])
    spanloom.start_span_no_context("late").end()
    assert spanloom.flush()
    assert exporter.dropped == 1


def test_close_gives_up_on_a_dead_receiver(unused_port: int) -> None:
    exporter = OtlpExporter(f"http://127.0.0.1:{unused_port}", timeout=0.5)
    spanloom.configure(exporters=[exporter])
    for _ in range(2000):
        spanloom.start_span_no_context("lost").end()
    spanloom.configure(exporters=[])
    assert exporter.dropped == 2000, "four requests, but only the first was tried"
    assert exporter.flush(0)


def test_setting_the_same_exporter_again_does_not_close_it(receiver: Any) -> None:
    exporter = OtlpExporter(receiver.url)
    spanloom.configure(exporters=[exporter])
    spanloom.configure(exporters=[exporter])
    spanloom.start_span_no_context("one").end()
    send(exporter)
    assert len(receiver.spans) == 1


def run(code: str, store: Path, url: str) -> None:
    environment = {**os.environ, "SPANLOOM_STORE": f"sqlite:///{store}", "OTEL_EXPORTER_OTLP_ENDPOINT": url}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True)


def test_spans_are_sent_when_the_process_exits(receiver: Any, tmp_path: Path) -> None:
    code = """
import spanloom
from spanloom.otlp import OtlpExporter
spanloom.configure(exporters=[OtlpExporter()])
spanloom.start_span_no_context('at exit').end()
"""
    run(code, tmp_path / "exit.db", receiver.url)
    assert [span.name for span in receiver.spans] == ["at exit"]


def test_spans_are_sent_when_no_thread_can_be_started_any_more(receiver: Any, tmp_path: Path) -> None:
    code = """
import threading, spanloom
from spanloom.otlp import OtlpExporter
spanloom.configure(exporters=[OtlpExporter()])
def refuse(thread):
    raise RuntimeError("can't create new thread at interpreter shutdown")
threading.Thread.start = refuse
spanloom.start_span_no_context('at exit').end()
"""
    run(code, tmp_path / "exit.db", receiver.url)
    assert [span.name for span in receiver.spans] == ["at exit"]


def test_a_forked_child_sends_its_own_spans_and_not_the_parents(receiver: Any, tmp_path: Path) -> None:
    code = """
import os, spanloom
from spanloom.otlp import OtlpExporter
exporter = OtlpExporter()
spanloom.configure(exporters=[exporter])
spanloom.start_span_no_context('before').end()
spanloom.flush()
pid = os.fork()
spanloom.start_span_no_context('child' if pid == 0 else 'parent').end()
spanloom.flush()
assert exporter.flush(10)
if pid == 0:
    os._exit(0)
assert os.waitpid(pid, 0)[1] == 0
"""
    run(code, tmp_path / "fork.db", receiver.url)
    assert sorted(span.name for span in receiver.spans) == ["before", "child", "parent"]


def test_the_global_state_of_opentelemetry_is_left_alone(receiver: Any, tmp_path: Path) -> None:
    code = """
import spanloom
from opentelemetry import metrics, propagate, trace
before = propagate.get_global_textmap()
from spanloom.otlp import OtlpExporter
exporter = OtlpExporter()
spanloom.configure(exporters=[exporter])
spanloom.start_span_no_context('one').end()
spanloom.flush()
assert exporter.flush(10)
assert trace._TRACER_PROVIDER is None
assert metrics._internal._METER_PROVIDER is None
assert propagate.get_global_textmap() is before
"""
    run(code, tmp_path / "globals.db", receiver.url)
    assert len(receiver.spans) == 1


def test_a_span_that_cannot_be_encoded_costs_no_other(receiver: Any) -> None:
    exporter = OtlpExporter(receiver.url)
    spanloom.configure(exporters=[exporter])
    spanloom.start_span_no_context("half \ud800").end()
    bad = spanloom.start_span_no_context("bad")
    bad.start_time_ns = [1]  # type: ignore[assignment]
    bad.end()
    spanloom.start_span_no_context("good").end()
    send(exporter)
    assert [span.name for span in receiver.spans] == ["half \N{REPLACEMENT CHARACTER}", "good"]
    assert exporter.dropped == 1
