"""Recording what models and tools answered, and answering from the record."""

from __future__ import annotations

from spanloom.cassettes.report import Difference, Replay, ReplayError
from spanloom.cassettes.sessions import record, replay

__all__ = ["Difference", "Replay", "ReplayError", "record", "replay"]
