"""What a worker process takes over from the process that sends it work: settings, autologging, labels and the store."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from spanloom.errors import StoreError
from spanloom.instrument.registry import switch_on, switched_on
from spanloom.store.sqlite import SqliteStore, path_of
from spanloom.tracing.assessments import Assessment
from spanloom.tracing.batch_transfer import dump_batch, load_batch
from spanloom.tracing.exporters import Batch
from spanloom.tracing.labels import Labels, SourceRun, ambient_labels, process_labels, source_run
from spanloom.tracing.pipeline import pipeline
from spanloom.tracing.retention import Retention
from spanloom.tracing.settings import settings

__all__ = ["Outbox", "Recorded", "Surroundings", "keep", "surroundings"]

_SETTINGS: Final = (
    "artifact_location",
    "capture_content",
    "enabled",
    "experiment",
    "keep_errors",
    "keep_slower_than_ms",
    "max_payload_bytes",
    "max_queue_size",
    "max_stream_chunks",
    "redact",
    "sample_rate",
    "sampler",
    "without_content",
)

_IN_MEMORY: Final = "sqlite://"
_KEPT_BYTES: Final = 256 * 1024 * 1024
"""Of traces that were sent off, in a worker that has no store of its own."""

FileIdentity = tuple[str, int, int]


class Recorded(NamedTuple):
    """What a worker recorded and its sender keeps.

    Attributes:
        batches: Spans, for the exporters; and for the store, unless the worker has written them.
        assessments: For the store.
        stored: Whether the worker has written it.
    """

    batches: Sequence[bytes]
    assessments: Sequence[Assessment]
    stored: bool


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """The state of a process, for its workers.

    Attributes:
        settings: The settings, without what belongs to one process.
        store: The URL of the store.
        file: Which file that is, if it is one.
        exports: Whether the sender has exporters besides the store, which want what the worker records.
        plugins: Autologging; see `switched_on`.
        process_labels: What every trace is labelled with.
        labels: What those are labelled with that begin here.
        run: The run that is active here.
    """

    settings: dict[str, Any]
    store: str
    file: FileIdentity | None
    exports: bool
    plugins: Sequence[tuple[str, dict[str, Any]]]
    process_labels: Labels | None
    labels: Labels | None
    run: SourceRun | None

    def take_over(self) -> Outbox:
        """Make this process like the sender's; return where what it records is found.

        Traces are written to the sender's store where that can be reached: a server, or a file of the same machine.
        """
        for name, value in self.settings.items():
            setattr(settings, name, value)
        process_labels.current = self.process_labels
        shared = self._shares_store()
        outbox = Outbox(stored=shared)
        if not shared:
            settings.store = _IN_MEMORY
            settings.retention = Retention(max_bytes=_KEPT_BYTES)
            pipeline.use_store(_SendingStore(outbox))
        if self.exports or not shared:
            pipeline.use_exporters([outbox])
        switch_on(self.plugins)
        return outbox

    def _shares_store(self) -> bool:
        is_file = self.store.startswith("sqlite:")
        if is_file and (self.file is None or self.file != _file_identity(self.store)):
            return False
        settings.store = self.store
        pipeline.use_store(None)
        try:
            pipeline.store()
        except StoreError:  # a server that only the sender's machine can reach
            return False
        return True

    def enter(self) -> None:
        """Make the present context like the sender's."""
        ambient_labels.set(self.labels)
        source_run.set(self.run)


class Outbox:
    """Takes what this worker records until it is sent off.

    Args:
        stored: Whether it is written to the sender's store, too.
    """

    def __init__(self, *, stored: bool) -> None:
        self.assessments: deque[Assessment] = deque()
        self.stored = stored
        self._batches: deque[bytes] = deque()

    def export(self, batch: Batch) -> None:
        """Take a batch."""
        self._batches.append(dump_batch(batch))

    def close(self) -> None:
        """Do nothing: what waits is still sent off."""

    def empty(self) -> Recorded:
        """Return what was recorded, by whatever thread, since the last time."""
        pipeline.flush()
        return Recorded(_taken(self._batches), _taken(self.assessments), self.stored)


def _taken(waiting: deque[Any]) -> list[Any]:
    return [waiting.popleft() for _ in range(len(waiting))]


class _SendingStore(SqliteStore):
    """The store, in memory, of a worker that can't reach the sender's: scorers find traces there."""

    def __init__(self, outbox: Outbox) -> None:
        super().__init__(_IN_MEMORY)
        self._outbox = outbox

    def log_assessment(self, assessment: Assessment, *, trace_may_follow: bool = False) -> bool:
        self._outbox.assessments.append(assessment)  # its trace may be the sender's
        return super().log_assessment(assessment, trace_may_follow=trace_may_follow)

    def log_assessments(self, assessments: Sequence[Assessment]) -> list[bool]:
        self._outbox.assessments.extend(assessments)
        return super().log_assessments(assessments)


def surroundings() -> Surroundings:
    """Return the state of this process, for its workers."""
    pipeline.store()
    is_file = settings.store.startswith("sqlite:") and path_of(settings.store) != ":memory:"
    return Surroundings(
        settings={name: getattr(settings, name) for name in _SETTINGS},
        # Workers have other working directories.
        store=f"sqlite:///{Path(path_of(settings.store)).absolute()}" if is_file else settings.store,
        file=_file_identity(settings.store) if is_file else None,
        exports=bool(settings.exporters),
        plugins=switched_on(),
        process_labels=process_labels.current,
        labels=ambient_labels.get(),
        run=source_run.get(),
    )


def _file_identity(url: str) -> FileIdentity | None:
    """Return what tells one file from all others, as long as SQLite may share it: on one running kernel."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii")
        found = Path(path_of(url)).stat()
    except OSError:
        return None
    return boot, found.st_dev, found.st_ino


def keep(recorded: Recorded) -> None:
    """Store and export what a worker recorded."""
    for data in recorded.batches:
        pipeline.export(load_batch(data), stored=recorded.stored)
    for assessment in recorded.assessments:
        pipeline.store().log_assessment(assessment, trace_may_follow=True)
