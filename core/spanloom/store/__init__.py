"""Trace stores."""

from __future__ import annotations

from spanloom.store.sqlite import SqliteStore
from spanloom.tracing.exporters import TraceStore

__all__ = ["SqliteStore", "TraceStore"]
