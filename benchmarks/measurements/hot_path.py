"""Hot path: what a traced call costs its caller, as CPU of the calling thread.

Calls come in bursts, as in a server, and what a burst left to background threads is settled before the next one. By the
wall clock the caller also waits for those threads to release the interpreter, which makes MLflow several times slower
still; that cost belongs to the measurement of `durable`.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

from measurements.contender import main
from measurements.workload import MESSAGES, answer, opentelemetry_call

TITLE = "traced call, hot path"
UNIT = "µs"

_BURST = 200


def _median_burst(call: Callable[[Any], Any], settle: Callable[[], Any], bursts: int) -> dict[str, float]:
    seconds = []
    for _ in range(bursts):
        begin = time.thread_time()
        for _ in range(_BURST):
            call(MESSAGES)
        seconds.append((time.thread_time() - begin) / _BURST)
        settle()
    return {"value": statistics.median(seconds[bursts // 5 :])}  # the first ones warm up


def _spanloom(quick: bool) -> dict[str, float]:
    import spanloom

    spanloom.configure(store="sqlite:///spans.db")
    return _median_burst(spanloom.trace(answer), spanloom.flush, 50 if quick else 200)


def _opentelemetry(quick: bool) -> dict[str, float]:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

    class NoExporter(SpanExporter):
        def export(self, spans: Any) -> SpanExportResult:  # noqa: ARG002 - the SDK's signature
            return SpanExportResult.SUCCESS

        def force_flush(self, timeout_millis: int = 0) -> bool:  # noqa: ARG002 - the SDK's signature
            return True

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(NoExporter()))
    call = opentelemetry_call(provider.get_tracer("benchmark"))
    return _median_burst(call, provider.force_flush, 50 if quick else 200)


def _mlflow(quick: bool) -> dict[str, float]:
    import mlflow

    mlflow.set_tracking_uri("sqlite:///mlflow.db")
    return _median_burst(mlflow.trace(answer), mlflow.flush_trace_async_logging, 5 if quick else 10)


CONTENDERS = {"spanloom": _spanloom, "opentelemetry": _opentelemetry, "mlflow": _mlflow}

if __name__ == "__main__":
    main(CONTENDERS)
