"""One HTTP exchange: a request in, an agent's answer out, whole or as server-sent events."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import aclosing
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from spanloom.errors import AgentTimeoutError, SchemaError
from spanloom.serving.agents import ServedAgent
from spanloom.serving.bounds import Bounds, ClientGoneError
from spanloom.serving.errors import agent_failed, invalid_request
from spanloom.serving.event_writer import EventWriter
from spanloom.serving.json_body import read_json_object, take_stream_flag
from spanloom.serving.protocols.call import Call
from spanloom.serving.request_headers import set_request_headers
from spanloom.serving.state import ServerState
from spanloom.tracing.ids import new_trace_id
from spanloom.tracing.labels import use_labels
from spanloom.tracing.propagation import RemoteParent, read_tracing_headers, use_incoming_context
from spanloom.web.errors import HttpError

__all__ = ["TRACE_ID_HEADER", "Exchange", "MakeCall", "send_error"]

logger = logging.getLogger("spanloom.serving")

TRACE_ID_HEADER = "x-spanloom-trace-id"

MakeCall = Callable[[ServedAgent, dict[str, Any], dict[str, str], str], Call]
"""Makes the call of a protocol out of agent, body, headers and trace id."""

_CLIENT_GONE = 499
"""What nginx reports for a client that did not wait; only metrics see it."""


class Exchange:
    """Answers one request for an agent.

    Args:
        state: The server's.
        endpoint: The path as the metrics name it.
        make_call: What the protocol makes of the request.
    """

    def __init__(self, state: ServerState, endpoint: str, make_call: MakeCall) -> None:
        self._state = state
        self._endpoint = endpoint
        self._make_call = make_call
        self._agent = ""
        self._status = 200
        self._begun = time.perf_counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        lines = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]]
        headers = dict(lines)
        incoming = read_tracing_headers(lines)
        parent = incoming.parent or RemoteParent(new_trace_id())
        try:
            with self._state.admission, use_incoming_context(incoming._replace(parent=parent)):
                set_request_headers(headers)
                await self._answer(headers, parent.trace_id, receive, send)
        except ClientGoneError:
            self._status = _CLIENT_GONE
        except HttpError as error:
            self._status = error.status
            await send_error(error, send, parent.trace_id if self._agent else None)
        finally:
            elapsed = time.perf_counter() - self._begun
            self._state.metrics.answered(self._agent, self._endpoint, self._status, elapsed)

    async def _answer(self, headers: dict[str, str], trace_id: str, receive: Receive, send: Send) -> None:
        body = await read_json_object(receive, self._state.settings.max_body)
        streams = take_stream_flag(body)
        served = self._state.agents.find(body.get("model"))
        self._agent = served.name
        try:
            call = self._make_call(served, body, headers, trace_id)
        except SchemaError as error:
            raise invalid_request(error) from None
        with use_labels(served.labels):
            await (self._stream if streams else self._whole)(call, trace_id, receive, send)

    async def _whole(self, call: Call, trace_id: str, receive: Receive, send: Send) -> None:
        try:
            async with Bounds(receive, self._state.settings.timeout):
                answer = await call.whole()
        except (Exception, asyncio.CancelledError) as error:
            raise self._for_client(error, trace_id) from error
        await _send_json(answer, 200, send, trace_id)

    async def _stream(self, call: Call, trace_id: str, receive: Receive, send: Send) -> None:
        writer = EventWriter(send, [(TRACE_ID_HEADER.encode(), trace_id.encode())])
        try:
            stream = aclosing(call.events())  # type: ignore[type-var] # every agent's stream can be closed
            async with Bounds(receive, self._state.settings.timeout), stream as events:
                async for event in events:
                    if not writer.begun:
                        self._state.metrics.streamed(self._agent, self._endpoint, time.perf_counter() - self._begun)
                    await writer.write(call.frames(event))
            await writer.end(call.finish())
        except (Exception, asyncio.CancelledError) as error:
            told = self._for_client(error, trace_id)
            if not writer.begun or isinstance(told, ClientGoneError):
                raise told from error
            self._status = told.status
            await writer.end(call.fail(told))

    def _for_client(self, error: BaseException, trace_id: str) -> HttpError | ClientGoneError:
        """Return what the client may know of what went wrong; the rest is logged, and in the trace."""
        if isinstance(error, asyncio.CancelledError):
            return HttpError(503, "the server stopped before the agent was done; try again", code="stopping")
        if isinstance(error, HttpError | ClientGoneError):
            return error
        if isinstance(error, AgentTimeoutError):
            return HttpError(504, str(error), code="timeout")
        logger.error("agent %r failed (trace %s)", self._agent, trace_id, exc_info=error)
        return agent_failed(trace_id)


async def send_error(error: HttpError, send: Send, trace_id: str | None = None) -> None:
    """Answer with an error."""
    await _send_json(orjson.dumps(error.body), error.status, send, trace_id, error.headers)


async def _send_json(
    body: bytes, status: int, send: Send, trace_id: str | None, further: dict[str, str] | None = None
) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    headers += [(name.encode(), value.encode()) for name, value in (further or {}).items()]
    if trace_id is not None:
        headers.append((TRACE_ID_HEADER.encode(), trace_id.encode()))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
