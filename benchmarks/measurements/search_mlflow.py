"""MLflow's SQLite store with the same traces, through its own `start_trace` and `log_spans`.

    python -m measurements.search_mlflow fill FILE TRACES OF
    python -m measurements.search_mlflow search FILE FILTER ROUNDS

`search` prints a JSON line: how many traces were found, and the best time in seconds.
"""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

from measurements.search_workload import RecordedTrace, recorded_traces

if TYPE_CHECKING:
    from mlflow.entities import Span

_EXPERIMENT = "0"
_KEYS = {"inputs": "mlflow.spanInputs", "outputs": "mlflow.spanOutputs"}


def main(task: str, path: str, *arguments: str) -> None:
    """Do what the command line asks for."""
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    store = SqlAlchemyStore(f"sqlite:///{path}", "artifacts")
    if task == "fill":
        _fill(store, int(arguments[0]), int(arguments[1]))
    else:
        print(json.dumps(_search(store, arguments[0], int(arguments[1]))))


def _fill(store: Any, count: int, whole: int) -> None:
    from mlflow.entities import Feedback

    for trace in recorded_traces(whole, 0, count):
        trace_id = f"tr-{trace.number:032x}"
        store.start_trace(_info(trace, trace_id))
        store.log_spans(_EXPERIMENT, _spans(trace, trace_id))
        for name, value in trace.feedback.items():
            store.create_assessment(Feedback(name=name, value=value, trace_id=trace_id))


def _info(trace: RecordedTrace, trace_id: str) -> Any:
    from mlflow.entities import TraceInfo, TraceLocation, TraceState

    metadata = {"mlflow.trace.session": trace.session, "mlflow.trace.user": trace.user, **trace.metadata}
    return TraceInfo(
        trace_id=trace_id,
        trace_location=TraceLocation.from_experiment_id(_EXPERIMENT),
        request_time=trace.start_ns // 1_000_000,
        state=TraceState.ERROR if trace.status == "ERROR" else TraceState.OK,
        client_request_id=trace.request_id,
        execution_duration=trace.duration_ms,
        trace_metadata={key: value for key, value in metadata.items() if value is not None},
        tags={**trace.tags, "mlflow.traceName": trace.spans[0].name},
    )


def _spans(trace: RecordedTrace, trace_id: str) -> list[Span]:
    from mlflow.entities import Span

    spans = []
    for place, span in enumerate(trace.spans):
        attributes = {
            "mlflow.traceRequestId": json.dumps(trace_id),
            "mlflow.spanType": json.dumps(span.type),
            _KEYS["inputs"]: span.inputs,
            _KEYS["outputs"]: span.outputs,
            **{key: json.dumps(value) for key, value in span.attributes.items()},
        }
        spans.append(
            Span.from_dict(
                {
                    "trace_id": trace_id,
                    "span_id": f"{trace.number * 5 + place + 1:016x}",
                    "parent_span_id": f"{trace.number * 5 + 1:016x}" if place else "",
                    "name": span.name,
                    "start_time_unix_nano": trace.start_ns + span.begin_ns,
                    "end_time_unix_nano": trace.start_ns + span.end_ns,
                    "status": {"code": span.status, "message": span.message},
                    "attributes": attributes,
                    "events": [],
                }
            )
        )
    return spans


def _search(store: Any, text: str, rounds: int) -> dict[str, float]:
    best, found = float("inf"), 0
    for _ in range(rounds):
        begin = time.perf_counter()
        found = len(store.search_traces([_EXPERIMENT], filter_string=text or None, max_results=100)[0])
        best = min(best, time.perf_counter() - begin)
    return {"found": found, "seconds": best}


if __name__ == "__main__":
    main(*sys.argv[1:])
