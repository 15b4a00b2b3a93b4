"""The process-wide settings behind `spanloom.configure`."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from spanloom.tracing.exporters import SpanExporter

__all__ = ["DEFAULT_STORE", "RedactionRule", "Sampler", "Settings", "settings"]

DEFAULT_STORE: Final = "sqlite:///./spanloom.db"

Sampler = Callable[[str, str], bool]
"""Head sampling: given name and type of a root span, whether its trace is recorded."""

RedactionRule = str | re.Pattern[str] | Callable[[tuple[str | int, ...], Any], Any]
"""A key path (`"password"`, `"user.*.email"`), a regular expression, or `(path, value) -> value` called per leaf."""


class Settings:
    """What `configure` sets; read on the hot path, hence plain attributes."""

    __slots__ = (
        "capture_content",
        "enabled",
        "experiment",
        "exporters",
        "flush_interval",
        "max_payload_bytes",
        "max_queue_size",
        "max_stream_chunks",
        "redact",
        "sample_rate",
        "sampler",
        "store",
    )

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Return to the defaults and the environment's values."""
        self.enabled = os.environ.get("SPANLOOM_DISABLED", "") in ("", "0")
        self.capture_content = os.environ.get("SPANLOOM_CAPTURE_CONTENT", "") != "0"
        self.store: str = os.environ.get("SPANLOOM_STORE", DEFAULT_STORE)
        self.experiment: str = os.environ.get("SPANLOOM_EXPERIMENT", "Default")
        self.exporters: Sequence[SpanExporter] = ()
        self.sample_rate = 1.0
        self.sampler: Sampler | None = None
        self.redact: Sequence[RedactionRule] = ()
        self.max_payload_bytes = 262_144
        self.max_stream_chunks = 10_000
        self.max_queue_size = 32_768
        self.flush_interval = 0.1


settings = Settings()
