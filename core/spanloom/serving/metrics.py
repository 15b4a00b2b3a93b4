"""What a server counts, for Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/)."""

from __future__ import annotations

import os

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

from spanloom.tracing.pipeline import pipeline

__all__ = ["CONTENT_TYPE_LATEST", "Metrics"]

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600)
_LABELS = ("agent", "endpoint")


class Metrics:
    """The counters of one server; of all its workers, where `PROMETHEUS_MULTIPROC_DIR` names a folder they share."""

    def __init__(self) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = Counter("spanloom_requests", "Requests", (*_LABELS, "status"), registry=registry)
        self._seconds = Histogram(
            "spanloom_request_seconds",
            "Seconds until the end of the answer",
            _LABELS,
            registry=registry,
            buckets=_SECONDS,
        )
        self._counts: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}  # looking them up costs more
        self._first = Histogram(
            "spanloom_first_event_seconds",
            "Seconds to a stream's first event",
            _LABELS,
            registry=registry,
            buckets=_SECONDS,
        )
        self._running = Gauge(
            "spanloom_requests_running", "Requests that run now", registry=registry, multiprocess_mode="livesum"
        )
        self._dropped = Gauge(
            "spanloom_spans_dropped", "Spans that could not be stored", registry=registry, multiprocess_mode="livesum"
        )

    def answered(self, agent: str, endpoint: str, status: int, seconds: float) -> None:
        """Count a request that has been answered."""
        counts = self._counts.get((agent, endpoint, status))
        if counts is None:
            counted, timed = self._requests.labels(agent, endpoint, str(status)), self._seconds.labels(agent, endpoint)
            counts = self._counts[agent, endpoint, status] = counted, timed
        counts[0].inc()
        counts[1].observe(seconds)

    def streamed(self, agent: str, endpoint: str, seconds: float) -> None:
        """Note how long a stream's first event took."""
        self._first.labels(agent, endpoint).observe(seconds)

    def text(self, running: int) -> bytes:
        """Return all of it in the text format."""
        self._running.set(running)
        self._dropped.set(pipeline.dropped)
        if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
            return bytes(generate_latest(self._registry))
        everyone = CollectorRegistry()
        MultiProcessCollector(everyone)  # type: ignore[no-untyped-call] # the package's own omission
        return bytes(generate_latest(everyone))
