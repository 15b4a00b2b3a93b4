"""The span: one piece of work in a trace."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import orjson

from spanloom.tracing.guard import guard
from spanloom.tracing.ids import new_span_id, new_trace_id
from spanloom.tracing.mlflow_attributes import TRANSLATED, span_facts
from spanloom.tracing.outcome import describe_exception, exception_message, status_of
from spanloom.tracing.settings import settings
from spanloom.tracing.snapshot import snapshot, storable_text
from spanloom.tracing.usage import TokenUsage
from spanloom.tracing.vocabulary import SpanStatus

__all__ = ["NOOP_SPAN", "NOOP_SPAN_ID", "ActiveTrace", "Span"]

if TYPE_CHECKING:
    from spanloom.tracing.tail import HeldTrace
    from spanloom.tracing.totals import Totals

_NOTHING: Final[dict[str, str]] = {}
_NO_ATTRIBUTES: Final[dict[str, bytes]] = {}
"""Shared by all that have none: most spans and traces never get any, and a dictionary each would cost memory."""


class ActiveTrace:
    """What the spans of one trace share while it runs in this process."""

    __slots__ = (
        "client_request_id",
        "counted",
        "experiment",
        "held",
        "metadata",
        "remote_parent_id",
        "request_preview",
        "response_preview",
        "session_id",
        "state",
        "tags",
        "trace_id",
        "user",
    )

    def __init__(self, experiment: str, trace_id: str | None = None) -> None:
        self.trace_id = trace_id or new_trace_id()
        self.remote_parent_id: str | None = None
        self.experiment = experiment
        # Replaced when something is added, never changed in place: the writer may be reading them.
        self.tags: dict[str, str] = _NOTHING
        self.metadata: dict[str, str] = _NOTHING
        self.session_id: str | None = None
        self.user: str | None = None
        self.client_request_id: str | None = None
        self.request_preview: str | None = None
        self.response_preview: str | None = None
        self.state: str | None = None
        # Usage and cost already counted below a span, by span id: the writer's own bookkeeping.
        self.counted: dict[str, Totals] | None = None
        # Where head sampling left the trace out and its end decides.
        self.held: HeldTrace | None = None


class Span:
    """One piece of work: name, type, inputs, outputs, status, times, attributes and events.

    Made by `spanloom.trace`, `spanloom.start_span` and `spanloom.start_span_no_context`. Inputs, outputs and attributes
    are serialised when set, so later changes to the objects do not show. After `end` nothing changes any more.

    Attributes:
        active_trace: What the spans of its trace share.
        inputs_json: The inputs as JSON text, for exporters; likewise `outputs_json` and, per key, `attributes_json`.
        event_records: The events, for exporters.
        claimed: Whether a client plugin has added its facts to this model span.
        span_id: 16 hex digits.
        parent: The enclosing span of this process, if any.
        start_time_ns: Unix time in nanoseconds.
        end_time_ns: Unix time in nanoseconds; `None` while the span is open.
        owner: Name of the autolog plugin that opened the span; `None` for a user's span.

    Example:
        >>> with spanloom.start_span("lookup", span_type=SpanType.TOOL) as span:
        ...     span.set_inputs({"city": "Paris"})
        ...     span.set_outputs("sunny")
    """

    __slots__ = (
        "_content",
        "_on_end",
        "_open",
        "active_trace",
        "attributes_json",
        "claimed",
        "end_time_ns",
        "event_records",
        "inputs_json",
        "name",
        "outputs_json",
        "owner",
        "parent",
        "span_id",
        "span_type",
        "start_time_ns",
        "status",
        "status_message",
    )

    def __init__(
        self,
        trace: ActiveTrace,
        name: str,
        span_type: str,
        parent: Span | None,
        on_end: Callable[[Span], None],
        start_time_ns: int | None = None,
        owner: str | None = None,
    ) -> None:
        self.active_trace = trace
        # Whatever was given: one text that no store takes would cost the whole batch.
        self.name = name if type(name) is str and name.isascii() else storable_text(name)
        self.span_type = span_type if type(span_type) is str and span_type.isascii() else storable_text(span_type)
        self.parent = parent
        self.owner = owner
        self.span_id = new_span_id()
        self.status: str = SpanStatus.UNSET
        self.status_message = ""
        self.inputs_json: bytes | None = None
        self.outputs_json: bytes | None = None
        self.attributes_json: dict[str, bytes] = _NO_ATTRIBUTES  # its own from the first one set on
        self.event_records: Sequence[dict[str, Any]] = ()
        self._on_end = on_end
        self._open = True
        self._content = True
        self.claimed = False
        self.end_time_ns: int | None = None
        self.start_time_ns = start_time_ns or time.time_ns()

    def __repr__(self) -> str:
        return f"<Span {self.name!r} {self.span_type} {self.span_id} {'ended' if self.end_time_ns else 'open'}>"

    @property
    def trace_id(self) -> str:
        """The trace this span belongs to: 32 hex digits."""
        return self.active_trace.trace_id

    @property
    def parent_id(self) -> str | None:
        """The enclosing span's id; that may be a span of another process."""
        return self.parent.span_id if self.parent is not None else self.active_trace.remote_parent_id

    @property
    def is_recording(self) -> bool:
        """Whether what is set is kept: false after the end, and for spans of a trace that is not sampled."""
        return self.end_time_ns is None

    @property
    def keeps_content(self) -> bool:
        """Whether inputs and outputs are kept; who has to work for them may ask first."""
        return self.end_time_ns is None and settings.capture_content and self._content

    @property
    def inputs(self) -> Any:
        """The inputs as they were when set, as JSON values."""
        return orjson.loads(self.inputs_json) if self.inputs_json is not None else None

    @property
    def outputs(self) -> Any:
        """The outputs as they were when set, as JSON values."""
        return orjson.loads(self.outputs_json) if self.outputs_json is not None else None

    @property
    def has_outputs(self) -> bool:
        """Whether outputs were set."""
        return self.outputs_json is not None

    @property
    def attributes(self) -> dict[str, Any]:
        """A copy of the attributes, as JSON values."""
        return {key: orjson.loads(value) for key, value in self.attributes_json.items()}

    @property
    def events(self) -> list[dict[str, Any]]:
        """A copy of the events: `name`, `time_unix_nano`, `attributes`."""
        return [dict(event) for event in self.event_records]

    def set_inputs(self, inputs: Any) -> None:
        """Record what the work was given."""
        if self.end_time_ns is None and settings.capture_content and self._content:
            with guard("span inputs"):
                self.inputs_json = snapshot(inputs)

    def set_outputs(self, outputs: Any) -> None:
        """Record what the work gave back."""
        if self.end_time_ns is None and settings.capture_content and self._content:
            with guard("span outputs"):
                self.outputs_json = snapshot(outputs)

    def set_attribute(self, key: str, value: Any) -> None:
        """Record one fact under an OpenTelemetry-style dotted key; MLflow's own keys are translated."""
        if self.end_time_ns is None:
            with guard("span attributes"):
                data = snapshot(value)
                if type(key) is not str or not key.isascii():
                    key = storable_text(key)
                if key in TRANSLATED:
                    self._set_translated(key, data)
                    return
                if self.attributes_json is _NO_ATTRIBUTES:
                    self.attributes_json = {}
                self.attributes_json[key] = data

    def _set_translated(self, key: str, data: bytes) -> None:
        told = span_facts({key: orjson.loads(data)})
        if told.span_type is not None:
            self.set_span_type(told.span_type)
        if told.inputs is not None:
            self.set_inputs(told.inputs)
        if told.outputs is not None:
            self.set_outputs(told.outputs)
        self.attributes_json = {
            **self.attributes_json,
            **{own: snapshot(fact) for own, fact in told.attributes.items()},
        }

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        """Record several facts."""
        for key, value in attributes.items():
            self.set_attribute(key, value)

    def set_token_usage(self, usage: TokenUsage) -> None:
        """Record the tokens of a model call; the trace sums them up, counting nested reports once."""
        with guard("span usage"):
            self.set_attributes(usage.to_attributes())

    def set_span_type(self, span_type: str) -> None:
        """Change what kind of work it is; see `SpanType`."""
        if self.end_time_ns is None:
            self.span_type = storable_text(span_type)

    def set_status(self, status: str, message: str = "") -> None:
        """Set the status (`SpanStatus`): `OK`, `ERROR` or `CANCELLED`."""
        if self.end_time_ns is None:
            self.status = storable_text(status)
            self.status_message = storable_text(message) if message else ""

    def add_event(
        self, name: str, attributes: Mapping[str, Any] | None = None, time_unix_nano: int | None = None
    ) -> None:
        """Record that something happened: now, or when it is said."""
        if self.end_time_ns is None:
            with guard("span events"):
                facts = orjson.loads(snapshot(dict(attributes or {})))
                event = {
                    "name": storable_text(name),
                    "time_unix_nano": time_unix_nano or time.time_ns(),
                    "attributes": facts,
                }
                self.event_records = [*self.event_records, event]

    def add_missing_facts(self, other: Span) -> None:
        """Take over those attributes of `other` that this span does not have yet."""
        if self.end_time_ns is None:
            self.attributes_json = {**other.attributes_json, **self.attributes_json}

    def leave_out_content(self) -> None:
        """Keep neither inputs nor outputs, also what was set before."""
        if self.end_time_ns is None:
            self._content = False
            self.inputs_json = self.outputs_json = None

    def record_exception(self, error: BaseException) -> None:
        """Record that `error` left this span: event, status and message."""
        if self.end_time_ns is not None:
            return
        with guard("span exception"):
            status = status_of(error)
            if status == SpanStatus.OK:
                return
            kind, message = type(error).__name__, exception_message(error)
            # What a cancellation carries is the canceller's own token, if anything.
            telling = status == SpanStatus.ERROR and message
            self.set_status(status, f"{kind}: {message}" if telling else kind)
            self.add_event("exception", describe_exception(error))

    def end(self, outputs: Any = None, status: str | None = None, end_time_ns: int | None = None) -> None:
        """End the span, once; later calls do nothing.

        Args:
            outputs: Outputs to set, if not `None`.
            status: Status to set; by default `OK` unless one was set before.
            end_time_ns: Unix time in nanoseconds; now by default.
        """
        if outputs is not None:
            self.set_outputs(outputs)
        try:
            del self._open  # atomic, so that two threads (or a finaliser) can't both end the span
        except AttributeError:
            return
        if status is not None:
            self.status = storable_text(status)
        elif self.status is SpanStatus.UNSET:
            self.status = SpanStatus.OK
        self.end_time_ns = end_time_ns or time.time_ns()
        self._on_end(self)


class _NonRecordingSpan(Span):
    """What code gets while tracing is off or its trace is not sampled: takes everything, keeps nothing."""

    __slots__ = ()

    @property
    def is_recording(self) -> bool:
        return False


def _make_noop_span() -> Span:
    span = _NonRecordingSpan(ActiveTrace("", "0" * 32), "noop", "UNKNOWN", None, lambda _: None)
    span.span_id = NOOP_SPAN_ID
    span.end()
    return span


NOOP_SPAN_ID: Final = "0" * 16

NOOP_SPAN: Final = _make_noop_span()
"""The one span of everything that is not recorded; an ended span ignores all that is set."""
