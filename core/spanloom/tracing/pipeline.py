"""From ended span to store: a bounded queue and one background writer."""

from __future__ import annotations

import atexit
import logging
import os
import sys
import threading
from collections import deque
from collections.abc import Sequence

from spanloom.tracing.batch import make_batch
from spanloom.tracing.exporters import CONTENT_ERRORS, Batch, SpanExporter, TraceStore
from spanloom.tracing.guard import guard, report_failure, strict
from spanloom.tracing.redact import Redactor
from spanloom.tracing.retention import RetentionKeeper
from spanloom.tracing.settings import settings
from spanloom.tracing.span import Span
from spanloom.tracing.stores import open_store
from spanloom.tracing.tail import HeldTrace, TailSampler

__all__ = ["Pipeline", "pipeline"]

logger = logging.getLogger("spanloom")

_BATCH_SIZE = 1000
_EXIT_DEADLINE = 10.0

_inherited: list[object] = []
"""What a forked child must neither use nor close: the parent's open store."""


class Pipeline:
    """Takes ended spans from any thread and writes them in batches on one of its own.

    `put` never blocks and never fails. A full queue, or a store that refuses a batch, costs spans: they are counted in
    `dropped`, and reported once.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._queue: deque[Span] = deque()
        self._store: TraceStore | None = None
        self._start()

    def _start(self) -> None:
        self.tail = TailSampler(lambda lost: self._drop(lost, "too much waits for tail sampling"))
        self._writing = threading.RLock()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._awake = False
        self._exiting = False
        self._thread: threading.Thread | None = None

    def put(self, span: Span) -> None:
        """Queue an ended span."""
        queue = self._queue
        if len(queue) >= settings.max_queue_size:
            self._drop(1, "the queue is full")
            if span.active_trace.held is not None:
                self.tail.leave(span.active_trace.held, span.span_id)
            return
        queue.append(span)
        if not self._awake:
            self._awake = True
            self._wake_writer()

    def leave(self, held: HeldTrace, token: object) -> None:
        """Say that whoever stands behind the token opens no more spans in a trace that is held."""
        self.tail.leave(held, token)
        if not self._awake:
            self._awake = True
            self._wake_writer()

    def _wake_writer(self) -> None:
        if self._exiting:  # a handler that runs at exit after ours; the writer ends before it gets its turn
            self._awake = False
            self.flush(_EXIT_DEADLINE)
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="spanloom-writer", daemon=True)
            try:
                self._thread.start()
            except RuntimeError:  # the interpreter is shutting down: the exit handler's flush writes the rest
                self._thread = None
                return
            _flush_at_multiprocessing_exit()
        self._wake.set()

    def _run(self) -> None:
        # The loop's own events: after a fork or a reset this thread, if it still runs, must not touch the new ones.
        wake, stop = self._wake, self._stop
        retention = RetentionKeeper()
        while not stop.is_set():
            if wake.wait(retention.pause()):
                stop.wait(settings.flush_interval)
                wake.clear()
                self._awake = False  # before draining: a span put from here on wakes us again
                self.flush()
            with self._writing:  # nobody may close the store meanwhile
                if not stop.is_set():
                    retention.work(self.store)

    def flush(self, timeout: float | None = None) -> bool:
        """Write everything that was queued before the call, on the calling thread.

        Args:
            timeout: Seconds to wait for another thread that is writing; for ever by default.

        Returns:
            Whether everything was written or accounted as dropped.
        """
        if not self._writing.acquire(timeout=-1 if timeout is None else timeout):
            return False
        try:
            remaining = len(self._queue)
            while remaining > 0:
                spans = self._take(min(remaining, _BATCH_SIZE))
                remaining -= len(spans) or remaining
                self._write(spans)
            self.tail.settle()
        finally:
            self._writing.release()
        return True

    def _take(self, count: int) -> list[Span]:
        spans = []
        for _ in range(count):
            try:
                spans.append(self._queue.popleft())
            except IndexError:
                break
        return spans

    def _write(self, spans: list[Span]) -> None:
        try:
            spans = self.tail.sift(spans)
            if not spans:
                return
            batch = make_batch(spans, Redactor(settings.redact) if settings.redact else None)
            exporters: list[SpanExporter] = [self.store(), *settings.exporters]
        except Exception:
            report_failure("trace writer")
            self._drop(len(spans), "they could not be prepared for the store")
            if strict():
                raise
            return
        self._drop(len(spans) - len(batch.spans), "they could not be prepared for the store")
        for exporter in exporters:
            self._export(exporter, batch)

    def export(self, batch: Batch, *, stored: bool = False) -> None:
        """Hand on a batch that a worker process recorded, and redacted.

        Args:
            batch: The batch.
            stored: Whether it is in the store already.
        """
        with self._writing:
            for exporter in settings.exporters if stored else [self.store(), *settings.exporters]:
                self._export(exporter, batch)

    def _export(self, exporter: SpanExporter, batch: Batch) -> None:
        try:
            exporter.export(batch)
        except Exception as error:
            # Another exporter may have delivered some of them already.
            if isinstance(error, CONTENT_ERRORS) and exporter is self._store and len(batch.spans) > 1:
                for part in batch.by_span():
                    self._export(exporter, part)
                return
            report_failure(f"{type(exporter).__name__}.export")
            self._drop(len(batch.spans), "the store refused them")

    def _drop(self, count: int, why: str) -> None:
        if not count:
            return
        first = self.dropped == 0
        self.dropped += count
        if first:
            logger.warning("spanloom: dropping spans, %s; further losses are counted in `spanloom doctor`", why)

    def store(self) -> TraceStore:
        """Return the configured store, opening it at first use.

        Raises:
            StoreError: If it can't be opened.
        """
        with self._writing:
            if self._store is None:
                self._store = open_store(settings.store)
            return self._store

    def use_store(self, store: TraceStore | None) -> None:
        """Write what is queued to the present store, close it, and go on with `store` (or the configured one)."""
        with self._writing:
            self.flush()
            if self._store is not None:
                self._store.close()
            self._store = store

    def use_exporters(self, exporters: Sequence[SpanExporter]) -> None:
        """Hand what is queued to the present exporters, close those that are not kept, and go on with these."""
        with self._writing:
            self.flush()
            former, settings.exporters = settings.exporters, exporters
        # Outside the lock: an exporter that takes its time to close must not hold up the store.
        _close([exporter for exporter in former if not any(exporter is kept for kept in exporters)])

    def close(self) -> None:
        """Write what is queued, stop the writer and close the store. A later `put` starts afresh."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(_EXIT_DEADLINE)
        self.use_store(None)
        self._start()

    def flush_at_exit(self) -> None:
        """Write what is queued, and from now on every span as soon as it ends."""
        self._exiting = True
        if self._queue:  # nothing queued, nothing opened
            self.flush(_EXIT_DEADLINE)
        self._awake = False

    def after_fork_in_child(self) -> None:
        """Forget what belongs to the parent: its thread, its locks, its queued spans and its open store."""
        _inherited.append(self._store)
        self._store = None
        self._queue = deque()
        self.dropped = 0
        self.tail.forget()
        self._start()


pipeline = Pipeline()


def _flush_at_exit() -> None:
    pipeline.flush_at_exit()
    _close(settings.exporters)


def _close(exporters: Sequence[SpanExporter]) -> None:
    for exporter in exporters:
        with guard(f"{type(exporter).__name__}.close"):
            exporter.close()


def _flush_at_multiprocessing_exit() -> None:
    """Children of `multiprocessing` leave by `os._exit`, past `atexit`; its own finalisers do run."""
    process = sys.modules.get("multiprocessing.process")
    if process is not None and process.parent_process() is not None:
        from multiprocessing.util import Finalize

        Finalize(None, _flush_at_exit, exitpriority=0)


atexit.register(_flush_at_exit)
os.register_at_fork(after_in_child=pipeline.after_fork_in_child)
