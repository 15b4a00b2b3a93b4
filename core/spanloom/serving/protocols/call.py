"""What every protocol makes of a request: one call of an agent, answered whole or as a stream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Protocol

import orjson

from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom.schemas.wire import plain
from spanloom.web.errors import HttpError

__all__ = ["DONE", "Call", "data_frame", "event_body", "failed_event"]

Frames = list[bytes]

DONE = b"data: [DONE]\n\n"
"""The frame after the last one, in protocols that have it."""


class Call(Protocol):
    """One request to one agent."""

    async def whole(self) -> bytes:
        """Run the agent and return the body of the answer."""

    def events(self) -> AsyncIterator[Any]:
        """Run the agent and iterate over its events."""

    def frames(self, event: Any) -> Frames:
        """Return the server-sent events for one of the agent's."""

    def finish(self) -> Frames:
        """Return those that end the stream."""

    def fail(self, error: HttpError) -> Frames:
        """Return those that end the stream because of an error."""


def data_frame(body: Any, event: str | None = None) -> bytes:
    """Return a server-sent event (https://html.spec.whatwg.org/multipage/server-sent-events.html)."""
    data = orjson.dumps(body, default=plain)
    return b"data: %b\n\n" % data if event is None else b"event: %b\ndata: %b\n\n" % (event.encode(), data)


def event_body(event: ResponsesAgentStreamEvent) -> dict[str, Any]:
    """Return the event as it goes over the wire; pydantic's own way costs ten times as much."""
    body = {"type": event.type, **(event.model_extra or {})}
    if event.custom_outputs is not None:
        body["custom_outputs"] = event.custom_outputs
    return body


def failed_event(event: ResponsesAgentStreamEvent, error: HttpError) -> dict[str, Any]:
    """Return a `response.failed` that tells this error, instead of what the agent raised."""
    return {**event_body(event), "response": {**event.response, "error": error.response_error}}
