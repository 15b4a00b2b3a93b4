"""Observing a stream that a call returned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanloom.instrument import Call
from spanloom_autolog.anthropic.result import unwrap
from spanloom_autolog.clients.streams import observe_async_stream, observe_stream

if TYPE_CHECKING:
    from spanloom.instrument import StreamReader
    from spanloom.instrument.observation import Observation

__all__ = ["attach", "event_reader"]

_REQUEST_ID = "request-id"


def attach(call: Call, result: Any, observation: Observation) -> Any | None:
    """Observe the `Stream` or `AsyncStream` that was returned; `None` where there is none.

    These carry what came over the wire. The events that the helpers of `.stream()` derive from it are not looked at.
    """
    if not observation.span.is_recording:
        return None
    from anthropic import AsyncStream, Stream

    stream = unwrap(call, result)
    if isinstance(stream, Stream):
        observe_stream(stream, observation, _REQUEST_ID)
    elif isinstance(stream, AsyncStream):
        observe_async_stream(stream, observation, _REQUEST_ID)
    else:
        return None
    return result


def event_reader() -> StreamReader:
    """Make a reader for the events of a streamed message."""
    from spanloom_autolog.anthropic.events import EventReader

    return EventReader()
