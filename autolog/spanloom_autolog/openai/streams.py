"""Observing a stream that a call returned."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanloom.instrument import Call
from spanloom_autolog.clients.streams import observe_async_stream, observe_stream
from spanloom_autolog.openai.result import unwrap

if TYPE_CHECKING:
    from spanloom.instrument.observation import Observation

__all__ = ["attach"]

_REQUEST_ID = "x-request-id"


def attach(call: Call, result: Any, observation: Observation) -> Any | None:
    """Observe the `Stream` or `AsyncStream` that was returned; `None` where there is none."""
    if not call.kwargs.get("stream") or not observation.span.is_recording:
        return None
    from openai import AsyncStream, Stream

    stream = unwrap(result)
    if isinstance(stream, Stream):
        observe_stream(stream, observation, _REQUEST_ID)
    elif isinstance(stream, AsyncStream):
        observe_async_stream(stream, observation, _REQUEST_ID)
    else:
        return None
    return result
