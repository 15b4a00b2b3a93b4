"""What autolog plugins are made of, and how they are switched on and off."""

from __future__ import annotations

from spanloom.instrument.calls import Call, CallHandler, StreamReader
from spanloom.instrument.plugin import Hook, Patch, Plugin
from spanloom.instrument.registry import autolog

__all__ = ["Call", "CallHandler", "Hook", "Patch", "Plugin", "StreamReader", "autolog"]
