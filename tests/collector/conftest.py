from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import pytest

import spanloom
from spanloom.tracing.traces import ReadableSpan, Trace

if find_spec("starlette") is None or find_spec("opentelemetry.exporter") is None:
    collect_ignore_glob = ["test_*.py"]

TRACE_ID = "5b8efff798038103d269b633813fc60c"
SECOND = 1_000_000_000
NOON = 1_760_000_000 * SECOND


@pytest.fixture
def collector(store: Any) -> Iterator[Any]:
    """A collector on a real socket that writes to the test's store; `http` is a client of it."""
    from live_server import LiveServer

    from spanloom.otlp.receive.application import make_application

    server = LiveServer(make_application())
    yield server
    server.stop()


@pytest.fixture
def otlp_span() -> Callable[..., dict[str, Any]]:
    """Make a span in OTLP's JSON form; ids are numbers, times seconds after noon."""

    def make(
        span_id: int,
        parent: int | None = None,
        facts: dict[str, Any] | None = None,
        *,
        name: str | None = None,
        start: float = 0,
        end: float = 10,
        trace_id: str = TRACE_ID,
        **more: Any,
    ) -> dict[str, Any]:
        return {
            "traceId": trace_id,
            "spanId": f"{span_id:016x}",
            **({"parentSpanId": f"{parent:016x}"} if parent is not None else {}),
            "name": name or f"span {span_id}",
            "startTimeUnixNano": str(NOON + int(start * SECOND)),
            "endTimeUnixNano": str(NOON + int(end * SECOND)),
            "attributes": [{"key": key, "value": any_value(value)} for key, value in (facts or {}).items()],
            **more,
        }

    return make


@pytest.fixture
def send(collector: Any) -> Callable[..., Any]:
    """Send spans in OTLP's JSON form, in one request."""

    def post(*spans: dict[str, Any], service: str | None = None, scope: str = "acme") -> Any:
        resource = {"attributes": [{"key": "service.name", "value": any_value(service)}]} if service else {}
        group = {"scope": {"name": scope}, "spans": list(spans)}
        answer = collector.http.post(
            "/v1/traces", json={"resourceSpans": [{"resource": resource, "scopeSpans": [group]}]}
        )
        assert (answer.status_code, answer.json()) == (200, {})
        return answer

    return post


def any_value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value}
    if isinstance(value, list):
        return {"arrayValue": {"values": [any_value(each) for each in value]}}
    return {"stringValue": value}


@pytest.fixture
def the_trace() -> Callable[[], Trace]:
    """Return the only trace there is."""

    def read() -> Trace:
        (trace,) = spanloom.search_traces()
        return trace

    return read


@pytest.fixture
def the_span(the_trace: Callable[[], Trace]) -> Callable[[], ReadableSpan]:
    """Return the only span there is."""

    def read() -> ReadableSpan:
        (span,) = the_trace().data.spans
        return span

    return read
