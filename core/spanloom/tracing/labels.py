"""What the context says about every trace that runs in it: session, user, tags, metadata."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import NamedTuple

from spanloom.tracing.attributes import MLFLOW_SESSION, MLFLOW_USER
from spanloom.tracing.snapshot import storable_text
from spanloom.tracing.span import ActiveTrace

__all__ = ["Labels", "SourceRun", "ambient_labels", "process_labels", "source_run", "use_labels"]


@dataclass(frozen=True, slots=True)
class Labels:
    """Facts about a trace as a whole; `None` leaves what is there.

    Where they do not say the session or the user, the metadata may, by MLflow's keys:
    https://mlflow.org/docs/latest/genai/tracing/track-users-sessions/
    """

    session_id: str | None = None
    user: str | None = None
    tags: Mapping[str, str] | None = None
    metadata: Mapping[str, str] | None = None

    def __post_init__(self) -> None:
        if self.metadata:
            # A frozen class is set this way.
            object.__setattr__(self, "session_id", self.session_id or self.metadata.get(MLFLOW_SESSION))
            object.__setattr__(self, "user", self.user or self.metadata.get(MLFLOW_USER))

    def apply(self, trace: ActiveTrace) -> None:
        """Put them on a trace."""
        if self.session_id:
            trace.session_id = storable_text(self.session_id)
        if self.user:
            trace.user = storable_text(self.user)
        # New dictionaries: the background writer may be reading the present ones.
        if self.tags:
            trace.tags = {**trace.tags, **_storable(self.tags)}
        if self.metadata:
            trace.metadata = {**trace.metadata, **_storable(self.metadata)}

    def over(self, outer: Labels | None) -> Labels:
        """Return these labels with those of an outer context where they say nothing."""
        if outer is None:
            return self
        return Labels(
            self.session_id or outer.session_id,
            self.user or outer.user,
            {**(outer.tags or {}), **(self.tags or {})},
            {**(outer.metadata or {}), **(self.metadata or {})},
        )


def _storable(labels: Mapping[str, str]) -> dict[str, str]:
    return {storable_text(key): storable_text(value) for key, value in labels.items()}


ambient_labels: ContextVar[Labels | None] = ContextVar("spanloom_labels", default=None)
"""What `tracing_context` says here."""


class SourceRun(NamedTuple):
    """A run, and the experiment that it and the traces made in it are filed under."""

    run_id: str
    experiment: str


source_run: ContextVar[SourceRun | None] = ContextVar("spanloom_source_run", default=None)
"""The run that is active here."""


class _ProcessLabels:
    """What every trace of this process is labelled with, such as the version of its code."""

    current: Labels | None = None


process_labels = _ProcessLabels()


@contextmanager
def use_labels(labels: Labels) -> Iterator[None]:
    """Label every trace that begins inside the block."""
    outer = ambient_labels.get()
    ambient_labels.set(labels.over(outer))
    try:
        yield
    finally:
        ambient_labels.set(outer)
