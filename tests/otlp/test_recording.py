from __future__ import annotations

from pathlib import Path

import spanloom
from spanloom import SpanType
from spanloom.otlp import OtlpExporter


def test_spans_are_sent_while_calls_are_recorded_and_replayed(receiver, tmp_path: Path) -> None:
    exporter = OtlpExporter(f"{receiver.url}/v1/traces")
    spanloom.configure(exporters=[exporter])
    cassette = tmp_path / "calls.jsonl"
    tool = spanloom.trace(lambda: 1, name="one", span_type=SpanType.TOOL)

    def call() -> None:
        tool()
        spanloom.flush()
        assert exporter.flush(30)

    with spanloom.record(cassette):
        call()
    with spanloom.replay(cassette) as report:
        call()
    exporter.close()
    assert not report.changed
    assert [interaction.request.name for interaction in report.answered] == ["one"]
    assert len(receiver.requests) == 2
    assert exporter.dropped == 0
