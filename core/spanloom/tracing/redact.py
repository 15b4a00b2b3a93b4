"""The one choke point: what a rule matches never reaches a store or an exporter."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import orjson

from spanloom.tracing.assessments import Assessment, AssessmentError
from spanloom.tracing.guard import guard
from spanloom.tracing.settings import RedactionRule
from spanloom.tracing.span import ActiveTrace, Span

__all__ = ["REDACTED", "Redactor"]

REDACTED = "[REDACTED]"
_FAILED = "[REDACTED: a redaction rule failed]"

_Path = tuple[str | int, ...]
_AssessmentT = TypeVar("_AssessmentT", bound=Assessment)

_SAID = frozenset({"name", "value", "rationale", "metadata", "source", "error"})
"""The fields of an assessment that people and programs write; the others are ids and times."""


class Redactor:
    """Applies redaction rules to ended spans and to assessments.

    A string is a dotted key path, matched at the end of the path of each value, capitals or not: `"password"` matches
    at any depth, `"inputs.user.*.email"` exactly there (`*` is one key or index). A regular expression replaces its
    matches in every text. A callable gets `(path, value)` for every leaf and returns what to keep. A rule that fails
    redacts.
    """

    def __init__(self, rules: Sequence[RedactionRule]) -> None:
        self._paths = [tuple(rule.lower().split(".")) for rule in rules if isinstance(rule, str)]
        self._patterns = [rule for rule in rules if isinstance(rule, re.Pattern)]
        self._functions: list[Callable[[_Path, Any], Any]] = [
            rule for rule in rules if not isinstance(rule, str | re.Pattern)
        ]

    def redact_span(self, span: Span) -> None:
        """Redact everything that the span says; its type, which programs choose, stays."""
        span.name = self.redact_name(span.name)
        span.inputs_json = self._json(("inputs",), span.inputs_json)
        span.outputs_json = self._json(("outputs",), span.outputs_json)
        span.status_message = self._text(("status_message",), span.status_message)
        span.attributes_json = {
            key: self._json(("attributes", *key.split(".")), data) or b"null"
            for key, data in span.attributes_json.items()
        }
        events = self._value(("events",), list(span.event_records))
        span.event_records = events if isinstance(events, list) else ()

    def redact_trace(self, trace: ActiveTrace) -> None:
        """Redact what was set on the trace as a whole; the keys of labels and the experiment stay."""
        trace.tags = self._labels(("tags",), trace.tags)
        trace.metadata = self._labels(("metadata",), trace.metadata)
        for name in ("request_preview", "response_preview", "session_id", "user", "client_request_id"):
            text = getattr(trace, name)
            if text is not None:
                setattr(trace, name, self._text((name,), text))

    def redact_assessment(self, assessment: _AssessmentT) -> _AssessmentT:
        """Return the assessment with everything that it says redacted."""
        said = {key: value for key, value in assessment.to_dict().items() if key in _SAID and value is not None}
        redacted = {key: self._value((assessment.type, key), value) for key, value in said.items()}
        redacted["metadata"] = self._labels((assessment.type, "metadata"), assessment.metadata)
        source, error = redacted["source"], redacted.get("error")
        whole = source if isinstance(source, dict) else {"source_id": REDACTED}
        redacted["source"] = replace(assessment.source, source_id=str(whole["source_id"]))
        if error is not None:
            redacted["error"] = AssessmentError(**error) if isinstance(error, dict) else AssessmentError(REDACTED)
        return replace(assessment, **redacted)

    def redact_value(self, value: Any, path: _Path = ()) -> Any:
        """Return a JSON value that belongs to no span with everything redacted in it; the path is where it stands."""
        return self._value(path, value)

    def redact_name(self, name: str) -> str:
        """Redact the name of a span."""
        return self._text(("name",), name)

    def _json(self, path: _Path, data: bytes | None) -> bytes | None:
        return None if data is None else orjson.dumps(self._value(path, orjson.loads(data)))

    def _text(self, path: _Path, text: str) -> str:
        return str(self._value(path, text))

    def _labels(self, path: _Path, labels: dict[str, str]) -> dict[str, str]:
        """Redact a mapping; a rule that hides it as a whole hides every value."""
        redacted = self._value(path, labels)
        return redacted if isinstance(redacted, dict) else dict.fromkeys(labels, REDACTED)

    def _value(self, path: _Path, value: Any) -> Any:
        if any(_matches(path, pattern) for pattern in self._paths):
            return REDACTED
        if isinstance(value, dict):
            return {key: self._value((*path, key), item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._value((*path, index), item) for index, item in enumerate(value)]
        return self._leaf(path, value)

    def _leaf(self, path: _Path, value: Any) -> Any:
        with guard("redaction rule"):
            for pattern in self._patterns:
                value = pattern.sub(REDACTED, value) if isinstance(value, str) else value
            for function in self._functions:
                value = function(path, value)
            orjson.dumps(value)
            return value
        return _FAILED


def _matches(path: _Path, pattern: tuple[str, ...]) -> bool:
    if len(pattern) > len(path):
        return False
    return all(want in ("*", str(key).lower()) for want, key in zip(pattern, path[-len(pattern) :], strict=True))
