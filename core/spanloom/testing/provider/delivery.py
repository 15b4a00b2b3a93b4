"""A reply on its way to the client: its pace, its hold, its break."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from spanloom.testing.provider.connection import Connection
from spanloom.testing.provider.deltas import reply_deltas
from spanloom.testing.provider.frames import Answer, encode_json
from spanloom.testing.provider.replies import ErrorReply, Reply

__all__ = ["BrokenOnPurposeError", "send_error", "send_reply", "stream_reply"]


class BrokenOnPurposeError(Exception):
    """The script says that the connection drops here."""


ErrorBody = Callable[[ErrorReply], dict[str, Any]]


def send_error(connection: Connection, error: ErrorReply, body: ErrorBody, headers: Mapping[str, str]) -> None:
    """An error as a whole answer."""
    connection.send(error.status, {**headers, **error.headers}, encode_json(body(error)))


def send_reply(
    connection: Connection, reply: Reply, answer: Answer, error_body: ErrorBody, headers: Mapping[str, str]
) -> None:
    """The answer as one JSON body; all waiting comes before it."""
    if reply.hold is not None:
        connection.wait_for(reply.hold)
    if reply.delay:
        connection.pause(reply.delay * sum(1 for _ in reply_deltas(reply)))
    if reply.break_after is None:
        connection.send(200, headers, encode_json(answer.whole()))
    elif reply.break_with is not None:
        send_error(connection, reply.break_with, error_body, headers)
    else:
        raise BrokenOnPurposeError


def stream_reply(connection: Connection, reply: Reply, answer: Answer, headers: Mapping[str, str]) -> None:
    """The answer as an event stream."""
    connection.open_stream(headers)
    sent = 0
    opened = False
    for frame in answer.frames():
        if frame.is_delta and reply.delay:
            connection.pause(reply.delay)
        connection.send_frame(frame.data)
        if opened and not frame.is_delta:
            continue
        sent += frame.is_delta
        opened = True
        if reply.hold is not None and sent == reply.hold_after:
            connection.wait_for(reply.hold)
        if sent == reply.break_after:
            _break(connection, reply, answer)
            return
    connection.close_stream()


def _break(connection: Connection, reply: Reply, answer: Answer) -> None:
    if reply.break_with is None:
        raise BrokenOnPurposeError
    for frame in answer.failure(reply.break_with):
        connection.send_frame(frame.data)
    connection.close_stream()
