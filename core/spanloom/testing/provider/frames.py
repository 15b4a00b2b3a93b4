"""What a renderer of a wire gives to the connection: a whole body, or the frames of an event stream."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from spanloom.testing.provider.replies import ErrorReply

__all__ = ["Answer", "Frame", "encode_json", "event_frame"]


@dataclass(frozen=True)
class Frame:
    """Bytes of the stream; `is_delta` marks the ones that a reply's pace counts."""

    data: bytes
    is_delta: bool = False


class Answer(Protocol):
    """One reply, rendered for one wire."""

    def whole(self) -> dict[str, Any]:
        """The body of an answer that is not streamed."""

    def frames(self) -> Iterator[Frame]:
        """The stream: an opening frame, the deltas with what the wire puts around them, the end."""

    def failure(self, error: ErrorReply) -> Iterator[Frame]:
        """The end of a stream that fails after the frames given so far."""


def encode_json(value: Mapping[str, Any]) -> bytes:
    """Compact JSON in UTF-8."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:
        # Half of a surrogate pair has no UTF-8, only an escape.
        return json.dumps(value, separators=(",", ":")).encode()


def event_frame(value: Mapping[str, Any], *, name: str | None = None, is_delta: bool = False) -> Frame:
    """A server-sent event with a JSON payload, with an event line when it has a name."""
    head = f"event: {name}\n".encode() if name else b""
    return Frame(head + b"data: " + encode_json(value) + b"\n\n", is_delta)
