"""What autolog plugins are made of, and how they are switched on and off."""

from __future__ import annotations

from spanloom.instrument.calls import Call, CallHandler, StreamReader
from spanloom.instrument.plugin import Hook, Patch, Plugin, ToolFunction
from spanloom.instrument.registry import autolog
from spanloom.instrument.transports import HeardBody, HttpRequest, HttpResponse, HttpTransport

__all__ = [
    "Call",
    "CallHandler",
    "HeardBody",
    "Hook",
    "HttpRequest",
    "HttpResponse",
    "HttpTransport",
    "Patch",
    "Plugin",
    "StreamReader",
    "ToolFunction",
    "autolog",
]
