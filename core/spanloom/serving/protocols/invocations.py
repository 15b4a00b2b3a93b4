"""`POST /invocations`: each agent in its own schema, as MLflow's clients expect it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson
from pydantic import BaseModel

from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom.schemas.wire import plain
from spanloom.serving.agents import JsonAgent, ServedAgent
from spanloom.serving.protocols.call import DONE, Frames, data_frame, event_body, failed_event
from spanloom.web.errors import HttpError

__all__ = ["InvocationsCall"]


class InvocationsCall:
    """A request in the agent's own schema.

    Args:
        served: The agent.
        body: The request's body.
        trace_id: Where the client wants to be told it: in `metadata`, or in the last frame before the end.

    Raises:
        SchemaError: If the body does not fit.
    """

    def __init__(self, served: ServedAgent, body: dict[str, Any], trace_id: str | None) -> None:
        self._agent = served.agent
        self._trace_id = trace_id
        self._failed: ResponsesAgentStreamEvent | None = None
        is_json = isinstance(served.agent, JsonAgent)
        self._request = body if is_json else served.agent.interface.request_of((body,), {})  # type: ignore[union-attr] # all others have it

    async def whole(self) -> bytes:
        """Run the agent and return the body of the answer."""
        response = await self._agent.apredict(self._request)
        body = plain(response)
        if self._trace_id is not None and isinstance(body, dict):
            body["metadata"] = {**(body.get("metadata") or {}), "trace_id": self._trace_id}
        return orjson.dumps(body, default=plain)

    def events(self) -> AsyncIterator[Any]:
        """Run the agent and iterate over its events."""
        return self._agent.apredict_stream(self._request)

    def frames(self, event: Any) -> Frames:
        """Return the frame of an event; a failure waits for what comes after."""
        if not isinstance(event, ResponsesAgentStreamEvent):
            return [data_frame(event.model_dump(exclude_none=True) if isinstance(event, BaseModel) else event)]
        if event.type == "response.failed":
            self._failed = event
            return []
        return [data_frame(event_body(event))]

    def finish(self) -> Frames:
        """Return the frames that end the stream."""
        frames = [data_frame(event_body(self._failed))] if self._failed is not None else []
        return [*frames, *self._trace_frame(), DONE]

    def fail(self, error: HttpError) -> Frames:
        """Return the frames that end the stream because of an error."""
        if self._failed is not None:
            last: dict[str, Any] = failed_event(self._failed, error)
        else:
            last = {"type": "error", **error.response_error, "param": None, **error.body}
        return [data_frame(last), *self._trace_frame(), DONE]

    def _trace_frame(self) -> Frames:
        return [data_frame({"trace_id": self._trace_id})] if self._trace_id is not None else []
