"""Sending finished spans over OTLP/HTTP, in the background and within bounds."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from spanloom.errors import SpanloomError, extra_needed
from spanloom.tracing.exporters import CONTENT_ERRORS, Batch
from spanloom.tracing.guard import guard, report_failure
from spanloom.tracing.pipeline import pipeline
from spanloom.tracing.settings import settings
from spanloom.tracing.span import ActiveTrace, Span

with extra_needed("OtlpExporter", "otlp", "google", "opentelemetry", "requests"):
    from opentelemetry.context import _SUPPRESS_INSTRUMENTATION_KEY, attach, detach, set_value
    from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExportResult

    from spanloom.otlp.session import exporter_session
    from spanloom.otlp.spans import sdk_span

__all__ = ["OtlpExporter"]

logger = logging.getLogger("spanloom")

_GATHER_SECONDS: Final = 1.0
"""How long spans wait for company: one request a second at most, unless they are many."""
_REQUEST_SPANS: Final = 500
_REQUEST_BYTES: Final = 2_000_000
"""Of content, which is sent under several names: collectors take requests of 20 MB, some of 4 MB."""

_FIRST_PAUSE_SECONDS: Final = 1.0
_LONGEST_PAUSE_SECONDS: Final = 30.0
"""Between the attempts at a receiver that is away."""
_GIVE_UP_SECONDS: Final = 300.0
"""How long a batch is kept for a receiver that is away, so that one which it can never take can't block the others."""

_Finished = tuple[Span, ActiveTrace]
_Sendable = tuple[_Finished, ReadableSpan]


class OtlpExporter:
    """Sends spans to whatever speaks OTLP/HTTP, with OpenTelemetry's GenAI attributes and MLflow's.

    It has a queue (as long as `configure(max_queue_size=…)` says) and a thread of its own, so a slow or dead receiver
    holds up neither the traced code nor the local store. While the receiver is away (no connection, 429, 502, 503,
    504), its spans wait in the queue and are sent again, with growing pauses, for five minutes; what is refused, finds
    no room or waits longer is lost, which is logged once and counted in `dropped` (and by `spanloom doctor`). Of
    OpenTelemetry's global state nothing is touched.

    Attributes:
        dropped: Spans that were not delivered.

    Args:
        endpoint: URL, e.g. `http://127.0.0.1:4318`; one without a path gets `/v1/traces`. By default what
            `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` or `OTEL_EXPORTER_OTLP_ENDPOINT` says, else a collector on this
            machine. The standard variables for certificates, compression and resource are followed in any case.
        headers: Sent with each request, e.g. keys; by default those of `OTEL_EXPORTER_OTLP_HEADERS`.
        timeout: Seconds for one attempt at a request, and for `close`.

    Raises:
        SpanloomError: If the endpoint is no URL.
        MissingExtraError: If the extra `otlp` is not installed.

    Example:
        >>> mlflow = OtlpExporter("http://127.0.0.1:5000/v1/traces", headers={"x-mlflow-experiment-id": "0"})
        >>> spanloom.configure(exporters=[mlflow])
    """

    def __init__(
        self, endpoint: str | None = None, headers: Mapping[str, str] | None = None, timeout: float = 10.0
    ) -> None:
        self.dropped = 0
        self._endpoint = _full_url(endpoint) if endpoint is not None else None
        self._headers = dict(headers) if headers is not None else None
        self._timeout = timeout
        self._resource = Resource.create()
        self._start()

    def _start(self) -> None:
        self._process_id = os.getpid()
        self._session = exporter_session()
        self._sender = OTLPSpanExporter(
            self._endpoint, headers=self._headers, timeout=self._timeout, session=self._session
        )
        self._queue: deque[_Finished] = deque()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._closing = False
        self._deadline = 0.0
        # How many spans were ever queued, how many of these left the queue for good or to be queued again, and up to
        # where a `flush` waits.
        self._queued = self._settled = self._awaited = 0
        self._failures = 0  # attempts after which spans were queued again
        self._pause = 0.0  # before the next attempt, in seconds
        self._away_since: float | None = None

    def export(self, batch: Batch) -> None:
        """Queue a batch; what finds no room is dropped."""
        self._follow_fork()
        traces = {update.trace.trace_id: update.trace for update in batch.traces}
        with self._changed:
            room = 0 if self._closing else max(0, settings.max_queue_size - len(self._queue))
            taken = batch.spans[:room]
            self._queue.extend((span, traces[span.trace_id]) for span in taken)
            self._queued += len(taken)
            if taken and self._thread is None:
                self._thread = threading.Thread(target=self._run, name="spanloom-otlp", daemon=True)
                try:
                    self._thread.start()
                except RuntimeError:  # the interpreter is shutting down: `close` sends them
                    self._thread = None
            self._changed.notify_all()
        self._drop(len(batch.spans) - len(taken), "its queue is full, or it was closed")

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until everything queued so far is sent or lost; for programs that are frozen, not ended.

        Call `spanloom.flush()` before it: that hands over what has ended. A receiver that is away is tried at once, and
        waited for no longer than one attempt takes: the spans stay queued.

        Args:
            timeout: Seconds to wait at most; no limit by default.

        Returns:
            Whether it is.
        """
        self._follow_fork()
        with self._changed:
            target = self._awaited = self._queued
            failures = self._failures
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._settled >= target or self._failures > failures, timeout)
            return self._settled >= target and self._failures == failures

    def close(self) -> None:
        """Send what is queued, for `timeout` seconds at most, and stop. The end of the program does so, too."""
        self._follow_fork()
        with self._changed:
            if self._closing:
                return
            self._closing = True
            self._deadline = time.monotonic() + self._timeout
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(self._timeout)
        else:
            self._run()
        with self._changed:
            left = len(self._queue)
            self._queue.clear()
            self._settle(left)
        self._drop(left, "it was closed before they were sent")
        self._sender.shutdown()  # type: ignore[no-untyped-call]

    def _follow_fork(self) -> None:
        """Begin afresh in a forked child: the queue, the connection and the thread are its parent's."""
        if os.getpid() != self._process_id:
            self._start()

    def _run(self) -> None:
        # Instrumentation of the HTTP library must not trace the sending of traces.
        token = attach(set_value(_SUPPRESS_INSTRUMENTATION_KEY, True))
        try:
            while self._send_next():
                pass
        finally:
            detach(token)

    def _send_next(self) -> bool:
        """Wait for spans and send them; return whether to go on."""
        with self._changed:
            self._changed.wait_for(lambda: self._queue or self._closing)
            if self._pause:
                self._changed.wait_for(self._is_awaited, self._pause)
            else:
                self._changed.wait_for(
                    lambda: self._is_awaited() or len(self._queue) >= _REQUEST_SPANS, _GATHER_SECONDS
                )
            finished = self._take()
        if not finished:
            return False
        delivered = False
        try:
            delivered = self._send(finished)
        finally:
            with self._changed:
                self._settle(len(finished))
        return not self._closing or (delivered and time.monotonic() < self._deadline)

    def _is_awaited(self) -> bool:
        return self._closing or self._settled < self._awaited

    def _take(self) -> list[_Finished]:
        """Return what goes into the next request: at least one span, if there is any."""
        taken: list[_Finished] = []
        size = 0
        while self._queue and len(taken) < _REQUEST_SPANS:
            size += _size(self._queue[0][0])
            if taken and size > _REQUEST_BYTES:
                break
            taken.append(self._queue.popleft())
        return taken

    def _settle(self, count: int) -> None:
        self._settled += count
        self._changed.notify_all()

    def _send(self, finished: list[_Finished]) -> bool:
        """Return whether the receiver took them."""
        spans: list[_Sendable] = []
        for span, trace in finished:
            with guard("otlp: span"):
                spans.append(((span, trace), sdk_span(span, trace, self._resource)))
        delivered = self._deliver(spans)
        if not delivered:
            encodable = [each for each in spans if _can_be_encoded(each[1])]
            if len(encodable) < len(spans):  # it was not the receiver
                spans = encodable
                delivered = self._deliver(spans)
        self._drop(len(finished) - len(spans), "they could not be encoded")
        kept = self._put_back([each for each, _ in spans]) if self._is_away() else 0
        self._drop(0 if delivered else len(spans) - kept, "the receiver did not take them")
        return delivered

    def _is_away(self) -> bool:
        """Return whether the last attempt failed for a reason that passes, and is worth repeating after a pause."""
        now = time.monotonic()
        since = now if self._away_since is None else self._away_since
        if self._session is None or not self._session.retryable or now - since >= _GIVE_UP_SECONDS:
            self._pause, self._away_since = 0.0, None
            return False
        self._pause = min(max(_FIRST_PAUSE_SECONDS, 2 * self._pause), _LONGEST_PAUSE_SECONDS)
        self._away_since = since
        return True

    def _put_back(self, finished: list[_Finished]) -> int:
        """Queue spans again, before the others; return how many found room."""
        with self._changed:
            room = 0 if self._closing else max(0, settings.max_queue_size - len(self._queue))
            kept = finished[:room]
            self._queue.extendleft(reversed(kept))
            self._queued += len(kept)
            self._failures += 1
            self._awaited = 0  # who waited is told
            self._changed.notify_all()
        return len(kept)

    def _deliver(self, spans: list[_Sendable]) -> bool:
        if self._session is not None:
            self._session.retryable = False
        try:
            return self._sender.export([span for _, span in spans]) is SpanExportResult.SUCCESS
        except Exception:
            logger.debug("spanloom: OTLP request failed", exc_info=True)
            return False

    def _drop(self, count: int, why: str) -> None:
        if not count:
            return
        first = self.dropped == 0
        self.dropped += count
        pipeline.dropped += count
        if first:
            logger.warning(
                "spanloom: spans not delivered to %s: %s; the local store has them, further losses are only counted",
                self._endpoint or "the receiver that OTEL_EXPORTER_OTLP_ENDPOINT names",
                why,
            )


def _can_be_encoded(span: ReadableSpan) -> bool:
    try:
        encode_spans([span])
    except CONTENT_ERRORS:
        report_failure("otlp: span")
        return False
    return True


def _full_url(endpoint: str) -> str:
    parts = urlsplit(endpoint)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise SpanloomError(
            f"OtlpExporter(endpoint={endpoint!r}): expected the URL of an OTLP/HTTP receiver, "
            "e.g. 'http://127.0.0.1:4318/v1/traces'"
        )
    return endpoint if parts.path.strip("/") else parts._replace(path="/v1/traces").geturl()


def _size(span: Span) -> int:
    attributes = sum(len(value) for value in span.attributes_json.values())
    return len(span.inputs_json or b"") + len(span.outputs_json or b"") + attributes
