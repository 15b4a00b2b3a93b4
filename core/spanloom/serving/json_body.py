"""Reading a request's body: a JSON object of bounded size."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import ClientDisconnect
from starlette.types import Receive

from spanloom.serving.bounds import ClientGoneError
from spanloom.web.errors import HttpError

__all__ = ["read_json_object", "take_stream_flag"]

_MEGABYTE = 2**20


async def read_json_object(receive: Receive, max_body: int) -> dict[str, Any]:
    """Return the body.

    Raises:
        HttpError: 413 if it is larger than `max_body` bytes, 400 if it is no JSON object.
        ClientGoneError: If the client left in the middle.
    """
    body = await _read(receive, max_body)
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        what = f"invalid JSON in the request body: {error}" if body else "the request has no body; a JSON object"
        raise HttpError(400, what if body else f"{what} was expected", code="invalid_json") from None
    if not isinstance(value, dict):
        kind = "an array" if isinstance(value, list) else f"a JSON {type(value).__name__}"
        raise HttpError(400, f"the request body should be a JSON object, got {kind}", code="invalid_json")
    return value


async def _read(receive: Receive, max_body: int) -> bytes:
    chunks: list[bytes] = []
    size, more = 0, True
    try:
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            chunk = message.get("body", b"")
            more = message.get("more_body", False)
            size += len(chunk)
            if size > max_body:
                limit = f"{max_body / _MEGABYTE:g} MiB" if max_body >= _MEGABYTE else f"{max_body} bytes"
                raise HttpError(413, f"the request body is larger than {limit}, the server's limit", code="too_large")
            chunks.append(chunk)
    except ClientDisconnect:
        raise ClientGoneError from None
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def take_stream_flag(body: dict[str, Any]) -> bool:
    """Remove `stream` from the body and return it.

    Raises:
        HttpError: 400 if it is no boolean: `"false"` would mean the opposite of what it says.
    """
    stream = body.pop("stream", None)
    if stream is None or isinstance(stream, bool):
        return bool(stream)
    raise HttpError(400, f"stream: should be true or false, got {stream!r:.40}", code="invalid_request", param="stream")
