"""Until durable: CPU of the whole process per span, from the call to the span in its local store."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measurements.contender import main
from measurements.workload import MESSAGES, answer, opentelemetry_call

TITLE = "traced call until durable, CPU"
UNIT = "µs"

_WARM_UP = 100


def _cpu(call: Callable[[Any], Any], flush: Callable[[], Any], spans: int) -> dict[str, float]:
    for _ in range(_WARM_UP):
        call(MESSAGES)
    flush()
    begin = time.process_time()
    for _ in range(spans):
        call(MESSAGES)
    flush()
    return {"value": (time.process_time() - begin) / spans}


def _check_stored(stored: int, spans: int) -> None:
    if stored != spans + _WARM_UP:
        raise SystemExit(f"{stored} of {spans + _WARM_UP} spans were stored")


def _count(path: str, table: str) -> int:
    with sqlite3.connect(path) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _spanloom(quick: bool) -> dict[str, float]:
    import spanloom

    spans = 10_000 if quick else 30_000  # fits the queue: the writer is slower than this loop
    spanloom.configure(store="sqlite:///spans.db")
    result = _cpu(spanloom.trace(answer), spanloom.flush, spans)
    _check_stored(_count("spans.db", "spans"), spans)
    return result


def _opentelemetry(quick: bool) -> dict[str, float]:
    from measurements.jsonl import jsonl_provider

    spans = 10_000 if quick else 30_000
    provider = jsonl_provider()
    result = _cpu(opentelemetry_call(provider.get_tracer("benchmark")), provider.force_flush, spans)
    _check_stored(Path("spans.jsonl").read_text(encoding="utf-8").count("\n"), spans)
    return result


def _mlflow(quick: bool) -> dict[str, float]:
    spans = 300 if quick else 1000
    os.environ["MLFLOW_ASYNC_TRACE_LOGGING_MAX_QUEUE_SIZE"] = str(4 * spans)  # loses none either
    import mlflow

    mlflow.set_tracking_uri("sqlite:///mlflow.db")
    result = _cpu(mlflow.trace(answer), mlflow.flush_trace_async_logging, spans)
    _check_stored(_count("mlflow.db", "trace_info"), spans)
    return result


CONTENDERS = {"spanloom": _spanloom, "opentelemetry": _opentelemetry, "mlflow": _mlflow}

if __name__ == "__main__":
    main(CONTENDERS)
