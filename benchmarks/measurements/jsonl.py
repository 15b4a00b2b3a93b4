"""The OpenTelemetry SDK writing its own JSON form of a span to a file, one a line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

__all__ = ["jsonl_provider"]


def jsonl_provider(max_queue_size: int = 100_000) -> Any:
    """Return a tracer provider that writes to `spans.jsonl` in batches, and loses none."""
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

    class LineExporter(SpanExporter):
        """Writes spans to the file."""

        def __init__(self) -> None:
            self._file = Path("spans.jsonl").open("w", encoding="utf-8")  # noqa: SIM115 - lives as long as the process

        def export(self, spans: Any) -> SpanExportResult:
            self._file.writelines(span.to_json(indent=None) + "\n" for span in spans)
            self._file.flush()
            return SpanExportResult.SUCCESS

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(LineExporter(), max_queue_size=max_queue_size))
    return provider
