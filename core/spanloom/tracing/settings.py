"""The process-wide settings behind `spanloom.configure`."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from spanloom.tracing.exporters import SpanExporter
    from spanloom.tracing.retention import Retention

__all__ = ["DEFAULT_EXPERIMENT", "DEFAULT_STORE", "RedactionRule", "Sampler", "Settings", "settings"]

DEFAULT_EXPERIMENT: Final = "Default"
DEFAULT_STORE: Final = "sqlite:///./spanloom.db"

Sampler = Callable[[str, str], bool]
"""Head sampling: given name and type of a root span, whether its trace is recorded."""

RedactionRule = str | re.Pattern[str] | Callable[[tuple[str | int, ...], Any], Any]
"""A key path (`"password"`, `"user.*.email"`), a regular expression, or `(path, value) -> value` called per leaf."""


class Settings:
    """What `configure` sets; read on the hot path, hence plain attributes.

    Attributes:
        without_content: The autolog plugins whose spans keep neither inputs nor outputs.
    """

    __slots__ = (
        "artifact_location",
        "capture_content",
        "enabled",
        "experiment",
        "exporters",
        "flush_interval",
        "keep_errors",
        "keep_slower_than_ms",
        "max_payload_bytes",
        "max_queue_size",
        "max_stream_chunks",
        "redact",
        "retention",
        "sample_rate",
        "sampler",
        "store",
        "without_content",
    )

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Return to the defaults and the environment's values."""
        self.enabled = os.environ.get("SPANLOOM_DISABLED", "") in ("", "0")
        self.capture_content = os.environ.get("SPANLOOM_CAPTURE_CONTENT", "") != "0"
        self.store: str = os.environ.get("SPANLOOM_STORE", DEFAULT_STORE)
        self.artifact_location: str | None = os.environ.get("SPANLOOM_ARTIFACT_LOCATION") or None
        self.experiment: str = os.environ.get("SPANLOOM_EXPERIMENT", DEFAULT_EXPERIMENT)
        self.exporters: Sequence[SpanExporter] = ()
        self.sample_rate = 1.0
        self.sampler: Sampler | None = None
        self.keep_errors = False
        self.keep_slower_than_ms = math.inf
        self.retention: Retention | None = None
        self.without_content: frozenset[str] = frozenset()
        self.redact: Sequence[RedactionRule] = ()
        self.max_payload_bytes = 262_144
        self.max_stream_chunks = 10_000
        self.max_queue_size = 32_768
        self.flush_interval = 0.1

    @property
    def samples_tails(self) -> bool:
        """Whether a trace that head sampling leaves out may be kept for how it ends."""
        return self.keep_errors or self.keep_slower_than_ms < math.inf


settings = Settings()
