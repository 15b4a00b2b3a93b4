"""What the server received, as the test sees it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["ReceivedRequest", "last_user_text", "prompt_texts"]


@dataclass(frozen=True, eq=False)
class ReceivedRequest:
    """One HTTP request, in the order of arrival.

    ```python
    next(iter(stream)); stream.close()
    assert server.requests[0].closed_early.wait(5)
    ```

    Attributes:
        index: Position in the server's log, from 0.
        method: The HTTP method.
        path: The path without its query, such as `/v1/chat/completions`.
        headers: The headers, names in lower case.
        body: The parsed JSON body; None when there was none or it was not JSON.
        closed_early: Set when the client closed the connection before the whole answer was written. A short answer may
            be written before the client closes: a reply with `hold` makes it certain.
        finished: Set when the server is done with the request, however it ended, and after `closed_early`.
    """

    index: int
    method: str
    path: str
    headers: Mapping[str, str]
    body: Any = None
    closed_early: threading.Event = field(default_factory=threading.Event, repr=False)
    finished: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def stream(self) -> bool:
        """Whether the client asked for a stream."""
        return isinstance(self.body, dict) and self.body.get("stream") is True


def last_user_text(body: Mapping[str, Any]) -> str:
    """The text of the last user message of a model request, or ""."""
    turns = body.get("messages", body.get("input"))
    if isinstance(turns, str):
        return turns
    for turn in reversed(turns or []):
        if isinstance(turn, dict) and turn.get("role") == "user":
            return "".join(_texts(turn.get("content")))
    return ""


def prompt_texts(body: Mapping[str, Any]) -> Iterator[str]:
    """Every text of the prompt: instructions, messages, tool arguments and tool results."""
    for key in ("instructions", "system", "messages", "input"):
        yield from _texts(body.get(key))


_PROSE_KEYS = ("text", "content", "arguments", "output", "refusal", "summary", "thinking", "tool_calls", "function")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, dict):
        if value.get("type") == "tool_use":
            yield json.dumps(value.get("input"), ensure_ascii=False)
        for key in _PROSE_KEYS:
            yield from _texts(value.get(key))
