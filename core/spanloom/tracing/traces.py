"""Traces as they are read back: plain, immutable data with a lossless JSON form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from types import UnionType
from typing import Any, Literal, TypeVar, get_origin, get_type_hints

import orjson

from spanloom.errors import SchemaError
from spanloom.tracing import attributes
from spanloom.tracing.assessments import Assessment
from spanloom.tracing.usage import TokenUsage

__all__ = ["ReadableSpan", "Trace", "TraceData", "TraceInfo", "TraceList"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadableSpan:
    """One ended span. Times are Unix nanoseconds; inputs, outputs and attributes are JSON values."""

    trace_id: str
    span_id: str
    parent_id: str | None
    name: str
    span_type: str
    start_time_ns: int
    end_time_ns: int
    status: str
    status_message: str = ""
    inputs: Any = None
    outputs: Any = None
    attributes: dict[str, Any] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)

    @property
    def duration_ms(self) -> float:
        """How long the span was open, in milliseconds."""
        return (self.end_time_ns - self.start_time_ns) / 1e6

    @property
    def token_usage(self) -> TokenUsage | None:
        """The tokens this span itself reported."""
        return TokenUsage.from_attributes(self.attributes)

    @property
    def cost(self) -> float | None:
        """US dollars that this span itself reported, or that its tokens cost."""
        return self.attributes.get(attributes.TOTAL_COST)


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceInfo:
    """What is known about a trace as a whole.

    Attributes:
        trace_id: 32 hex digits.
        name: Name of the root span.
        state: `IN_PROGRESS` until the root span ended, then `OK`, `ERROR` or `CANCELLED`.
        request_time: Unix time in milliseconds at which the root span began.
        execution_duration: Milliseconds; `None` while in progress.
        request_preview: The last user message, or the start of the inputs.
        response_preview: The last answer, or the start of the outputs.
        token_usage: Tokens of all model calls, each counted once; `None` where nobody reported any.
        cost: US dollars, likewise; `None` where no price is known. See `spanloom[cost]`.
        assessments: Feedback and expectations, in the order in which they were logged.
    """

    trace_id: str
    experiment: str
    name: str
    state: str
    request_time: int
    execution_duration: int | None = None
    request_preview: str | None = None
    response_preview: str | None = None
    client_request_id: str | None = None
    session_id: str | None = None
    user: str | None = None
    trace_metadata: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    token_usage: TokenUsage | None = None
    cost: float | None = None
    assessments: list[Assessment] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TraceData:
    """The spans of a trace, in the order in which they began."""

    spans: list[ReadableSpan] = field(default_factory=list)

    @property
    def request(self) -> str | None:
        """What the root span was given, as JSON text; `None` for nothing."""
        return self._of_root("inputs")

    @property
    def response(self) -> str | None:
        """What the root span gave back, likewise."""
        return self._of_root("outputs")

    def _of_root(self, content: Literal["inputs", "outputs"]) -> str | None:
        found = next((getattr(span, content) for span in self.spans if span.parent_id is None), None)
        return orjson.dumps(found).decode() if found is not None else None


@dataclass(frozen=True, slots=True)
class Trace:
    """A trace read from the store: `info` about the whole, `data.spans` below.

    Example:
        >>> trace = spanloom.get_trace(spanloom.get_last_active_trace_id())
        >>> [span.name for span in trace.data.spans]
        ['agent', 'chat gpt-5', 'get_weather']
    """

    info: TraceInfo
    data: TraceData

    def search_spans(
        self, span_type: str | None = None, name: str | re.Pattern[str] | None = None, span_id: str | None = None
    ) -> list[ReadableSpan]:
        """Return the spans that fit every given argument; a pattern is searched for anywhere in the name."""
        return [
            span
            for span in self.data.spans
            if (name is None or (name.search(span.name) if isinstance(name, re.Pattern) else span.name == name))
            and (span_type is None or span.span_type == span_type)
            and (span_id is None or span.span_id == span_id)
        ]

    def search_assessments(
        self,
        name: str | None = None,
        *,
        span_id: str | None = None,
        type: Literal["expectation", "feedback"] | None = None,  # noqa: A002 - MLflow's name
    ) -> list[Assessment]:
        """Return the assessments that fit every given argument."""
        return [
            assessment
            for assessment in self.info.assessments
            if (name is None or assessment.name == name)
            and (span_id is None or assessment.span_id == span_id)
            and (type is None or assessment.type == type)
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return the trace as JSON values."""
        info = asdict(self.info)
        info["assessments"] = [assessment.to_dict() for assessment in self.info.assessments]
        info["token_usage"] = self.info.token_usage.to_dict() if self.info.token_usage is not None else None
        return {"info": info, "data": {"spans": [asdict(span) for span in self.data.spans]}}

    def to_json(self, *, pretty: bool = False) -> str:
        """Return the trace as JSON text."""
        return orjson.dumps(self.to_dict(), option=orjson.OPT_INDENT_2 if pretty else None).decode()

    def _repr_html_(self) -> str:
        """Return the trace as notebooks show it."""
        from spanloom.tracing.notebook import trace_html

        return trace_html(self)

    @classmethod
    def from_dict(cls, value: Mapping[str, Any]) -> Trace:
        """Build a trace from what `to_dict` gave.

        Raises:
            SchemaError: If a part is missing, has a name that a trace does not have, or is of another type.
        """
        try:
            info = dict(value["info"])
            usage = info.get("token_usage")
            info["token_usage"] = _usage_from_dict(usage) if usage is not None else None
            info["assessments"] = [Assessment.from_dict(said) for said in info.get("assessments", ())]
            spans = [_checked(ReadableSpan(**span)) for span in value["data"]["spans"]]
            return cls(_checked(TraceInfo(**info)), TraceData(spans))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise SchemaError(
                f"this is not a trace as Trace.to_dict() writes it ({error}); expected "
                '{"info": {"trace_id": …}, "data": {"spans": […]}}'
            ) from error

    @classmethod
    def from_json(cls, text: str | bytes) -> Trace:
        """Build a trace from what `to_json` gave.

        Raises:
            SchemaError: If the text is not JSON, or not that of a trace.
        """
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError as error:
            raise SchemaError(f"a trace was expected as JSON text: {error}") from error
        return cls.from_dict(value)


class TraceList(list[Trace]):
    """One page of a search.

    Attributes:
        token: Give it as `page_token` to see what follows; `None` where nothing does.
    """

    def __init__(self, traces: Iterable[Trace] = (), token: str | None = None) -> None:
        super().__init__(traces)
        self.token = token

    def _repr_html_(self) -> str:
        """Return the traces as notebooks show them."""
        from spanloom.tracing.notebook import traces_html

        return traces_html(self)


def _usage_from_dict(numbers: Mapping[str, int]) -> TokenUsage:
    return TokenUsage(**numbers)


_CheckedT = TypeVar("_CheckedT", ReadableSpan, TraceInfo)


def _checked(part: _CheckedT) -> _CheckedT:
    """Return the part, or raise `TypeError` if JSON gave it something that its fields can't hold."""
    for name, kind in _KINDS[type(part)]:
        if not isinstance(getattr(part, name), kind):
            raise TypeError(f"{name}: {getattr(part, name)!r:.60} is not of type {getattr(kind, '__name__', kind)}")
    return part


def _kinds(part: type[ReadableSpan | TraceInfo]) -> list[tuple[str, Any]]:
    """Return what `isinstance` can check of each field."""
    hints = get_type_hints(part)
    kinds = {name: hint if isinstance(hint, UnionType) else get_origin(hint) or hint for name, hint in hints.items()}
    # JSON writes 1.0 as 1 in many languages.
    return [(name, kind | int if kind == float | None else kind) for name, kind in kinds.items() if kind is not Any]


_KINDS = {part: _kinds(part) for part in (ReadableSpan, TraceInfo)}
