"""Trace requests in OTLP's JSON form: ids in hex, enums as numbers, 64-bit integers as text or numbers.

https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import orjson

from spanloom.errors import SchemaError
from spanloom.otlp.receive.spans import Decoded, ReceivedEvent, ReceivedSpan, ReceivedStatus, Scope, StatusCode

__all__ = ["decode"]

_TRACE_ID: Final = re.compile("[0-9a-fA-F]{32}")
_SPAN_ID: Final = re.compile("[0-9a-fA-F]{16}")
_MISTAKES: Final = (AttributeError, KeyError, OverflowError, RecursionError, TypeError, ValueError)
"""What reading something else than a trace request ends in; an infinite number overflows."""


def decode(body: bytes) -> Decoded:
    """Return the spans of a request.

    Raises:
        SchemaError: If it is no such request.
    """
    document = _document(body)
    found = Decoded([])
    try:
        for resource in _list(document, "resourceSpans"):
            groups = _list(resource, "scopeSpans")
            service = _attributes(resource.get("resource") or {}).get("service.name")
            for group in groups:
                spans = _list(group, "spans")
                scope = Scope(str((group.get("scope") or {}).get("name") or ""))
                for span in spans:
                    found = _add(found, span, scope, service)
    except _MISTAKES as error:
        raise SchemaError(
            f'the body is not an OTLP trace request ({error}); expected {{"resourceSpans": [{{"scopeSpans": '
            '[{"spans": [{"traceId": …}]}]}]}'
        ) from error
    return found


def _document(body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        # JavaScript writes half a character where a limit cuts one, which only the standard library reads.
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            raise SchemaError(f"the body is not JSON: {error}") from error


def _add(found: Decoded, span: Any, scope: Scope, service: Any) -> Decoded:
    try:
        found.spans.append(_span(span, scope, service))
    except _MISTAKES as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else str(error)
        return Decoded(found.spans, found.rejected + 1, found.mistake or what)
    return found


def _list(parent: Any, name: str) -> Iterator[Any]:
    if not isinstance(parent, Mapping):
        raise TypeError(f"an object with {name} was expected, got {parent!r:.60}")
    value = parent.get(name)
    if not isinstance(value, list | None):
        raise TypeError(f"{name} should be a list, got {value!r:.60}")
    return iter(value or ())


def _span(span: Mapping[str, Any], scope: Scope, service: Any) -> ReceivedSpan:
    status = span.get("status") or {}
    return ReceivedSpan.checked(
        trace_id=_id(span["traceId"], _TRACE_ID),
        span_id=_id(span["spanId"], _SPAN_ID),
        parent_id=_id(span["parentSpanId"], _SPAN_ID) if span.get("parentSpanId") else "",
        name=str(span.get("name") or ""),
        kind=_enum(span, "kind"),
        flags=int(span.get("flags") or 0),
        times=(int(span["startTimeUnixNano"]), int(span.get("endTimeUnixNano") or 0)),
        attributes=_attributes(span),
        events=[_event(event) for event in _list(span, "events")],
        status=ReceivedStatus(StatusCode(_enum(status, "code")), str(status.get("message") or "")),
        scope=scope,
        service=service,
    )


def _id(value: Any, form: re.Pattern[str]) -> str:
    if not isinstance(value, str) or not form.fullmatch(value):
        raise ValueError(f"an id of {form.pattern[-3:-1]} hex digits was expected, got {value!r:.60}")
    return value.lower()


def _enum(parent: Mapping[str, Any], name: str) -> int:
    value = parent.get(name) or 0
    if not isinstance(value, int):
        raise TypeError(f"{name} should be a number, as in OTLP's JSON form, got {value!r:.60}")
    return value


def _event(event: Mapping[str, Any]) -> ReceivedEvent:
    return ReceivedEvent(str(event.get("name") or ""), int(event.get("timeUnixNano") or 0), _attributes(event))


def _attributes(parent: Mapping[str, Any]) -> dict[str, Any]:
    return {each["key"]: _value(each.get("value") or {}) for each in _list(parent, "attributes")}


def _value(value: Mapping[str, Any]) -> Any:
    for kind, read in _READERS.items():
        if kind in value:
            return read(value[kind])
    return None


_READERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "stringValue": str,
    "intValue": int,
    "boolValue": bool,
    "doubleValue": float,  # protobuf's JSON form writes "NaN" and "Infinity", which `float` reads
    "arrayValue": lambda value: [_value(each) for each in _list(value, "values")],
    "kvlistValue": lambda value: {each["key"]: _value(each.get("value") or {}) for each in _list(value, "values")},
    "bytesValue": base64.b64decode,
}
