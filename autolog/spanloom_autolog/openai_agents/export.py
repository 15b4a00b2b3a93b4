"""Keeping the SDK's traces from being sent to OpenAI."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from spanloom.instrument.ledger import Ledger

__all__ = ["silence"]


def silence() -> Callable[[], None]:
    """Let the SDK's exporter send nothing; processors and exporters of the program go on. Returns the undo."""
    from agents.tracing.processors import BackendSpanExporter

    ledger = Ledger()
    ledger.replace(BackendSpanExporter, "export", _send_nothing)
    return ledger.restore


def _send_nothing(_exporter: Any, _items: Sequence[Any]) -> None:
    return None
