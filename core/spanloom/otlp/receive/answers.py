"""What an OTLP/HTTP receiver answers, in the encoding of the request; protobuf written by hand, so it needs no package.

https://opentelemetry.io/docs/specs/otlp/#otlphttp-response
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Final, NamedTuple

import orjson

__all__ = ["JSON", "PROTOBUF", "Answer", "Code", "failure", "success"]

JSON: Final = "application/json"
PROTOBUF: Final = "application/x-protobuf"


class Code(IntEnum):
    """`google.rpc.Code`."""

    INVALID_ARGUMENT = 3
    RESOURCE_EXHAUSTED = 8
    UNAVAILABLE = 14


class Answer(NamedTuple):
    """An HTTP response."""

    status: int
    body: bytes
    headers: Mapping[str, str]


def success(media_type: str, rejected: int = 0, mistake: str = "") -> Answer:
    """Return an `ExportTraceServiceResponse`: all spans were taken, or all but some that nobody can understand."""
    if media_type == PROTOBUF:
        partial = _integer(1, rejected) + _text(2, mistake)
        return Answer(200, _message(1, partial) if rejected else b"", {"content-type": PROTOBUF})
    told = {"partialSuccess": {"rejectedSpans": str(rejected), "errorMessage": mistake}} if rejected else {}
    return Answer(200, orjson.dumps(told), {"content-type": JSON})


def failure(media_type: str, status: int, code: Code, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an error as a `google.rpc.Status`."""
    if media_type == PROTOBUF:
        body = _integer(1, code) + _text(2, message)
    else:
        body = orjson.dumps({"code": int(code), "message": message})
    return Answer(status, body, {"content-type": PROTOBUF if media_type == PROTOBUF else JSON, **(headers or {})})


def _integer(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _text(number: int, value: str) -> bytes:
    return _message(number, value.encode("utf-8", "replace"))


def _message(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _varint(value: int) -> bytes:
    found = bytearray()
    while value > 0x7F:  # noqa: PLR2004 - seven bits a byte
        found.append(value & 0x7F | 0x80)
        value >>= 7
    found.append(value)
    return bytes(found)
