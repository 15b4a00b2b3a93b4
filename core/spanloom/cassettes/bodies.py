"""Bodies of HTTP messages, readable in a cassette: JSON as JSON, streams by parts, the rest as text or base64."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from typing import Any

import orjson

__all__ = ["body_chunks", "request_content", "stored_body"]

_EVENT = re.compile(r".+?(?:\r\n\r\n|\n\n|\r\r|\Z)", re.DOTALL)
_JSON_EVENT = re.compile(r"(?:event: ?(?P<event>[^\r\n]*)\r?\n)?data: ?(?P<data>[^\r\n]*)(?:\r\n\r\n|\n\n)")


def request_content(body: bytes, content_type: str) -> Any:
    """Return a request's body as JSON; of another one what tells it from others."""
    if not body:
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        _, _, boundary = content_type.partition("boundary=")
        if boundary:  # made up anew for each request
            body = body.replace(boundary.strip('"').encode(), b"boundary")
        return {"sha256": sha256(body).hexdigest(), "bytes": len(body)}


def stored_body(body: bytes, content_type: str) -> dict[str, Any]:
    """Return the field of a cassette that keeps a response's body."""
    if "event-stream" in content_type:  # https://html.spec.whatwg.org/multipage/server-sent-events.html: always UTF-8
        return {"events": [_stored_event(event) for event in _EVENT.findall(body.decode(errors="replace"))]}
    if "json" in content_type and body:
        with suppress(orjson.JSONDecodeError):
            return {"json": orjson.loads(body)}
        with suppress(orjson.JSONDecodeError):  # the streams of Ollama and others: a document on each line
            return {"lines": [orjson.loads(line) for line in body.splitlines()]}
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def body_chunks(response: Mapping[str, Any]) -> list[bytes]:
    """Return the body of a stored response: the events or lines of a stream one by one, another one whole."""
    if "events" in response:
        return [_event_of(event) for event in response["events"]]
    if "lines" in response:
        return [orjson.dumps(line) + b"\n" for line in response["lines"]]
    if "json" in response:
        return [orjson.dumps(response["json"])]
    if "base64" in response:
        return [base64.b64decode(response["base64"])]
    return [str(response["text"]).encode()]


def _stored_event(event: str) -> Any:
    """Return an event whose data is JSON as JSON, so that redaction finds its way in it; another one as it is."""
    found = _JSON_EVENT.fullmatch(event)
    if found is None:
        return event
    try:
        data = {"data": orjson.loads(found["data"])}
    except orjson.JSONDecodeError:
        return event
    return data if found["event"] is None else {"event": found["event"], **data}


def _event_of(stored: Any) -> bytes:
    if isinstance(stored, str):
        return stored.encode()
    name = f"event: {stored['event']}\n".encode() if "event" in stored else b""
    return name + b"data: " + orjson.dumps(stored["data"]) + b"\n\n"
