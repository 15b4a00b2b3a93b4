"""The trace API: spans, the current context, and traces as they are read back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanloom.facade import lazy_attributes

if TYPE_CHECKING:
    from spanloom.tracing.api import flush as flush
    from spanloom.tracing.api import get_current_active_span as get_current_active_span
    from spanloom.tracing.api import get_last_active_trace_id as get_last_active_trace_id
    from spanloom.tracing.api import get_trace as get_trace
    from spanloom.tracing.api import start_span as start_span
    from spanloom.tracing.api import start_span_no_context as start_span_no_context
    from spanloom.tracing.api import tracing_context as tracing_context
    from spanloom.tracing.api import update_current_trace as update_current_trace
    from spanloom.tracing.assessments import Assessment as Assessment
    from spanloom.tracing.assessments import AssessmentError as AssessmentError
    from spanloom.tracing.assessments import AssessmentSource as AssessmentSource
    from spanloom.tracing.assessments import AssessmentSourceType as AssessmentSourceType
    from spanloom.tracing.assessments import Expectation as Expectation
    from spanloom.tracing.assessments import Feedback as Feedback
    from spanloom.tracing.configuration import Experiment as Experiment
    from spanloom.tracing.configuration import configure as configure
    from spanloom.tracing.configuration import set_experiment as set_experiment
    from spanloom.tracing.context import current_span as current_span
    from spanloom.tracing.context import register_parent_resolver as register_parent_resolver
    from spanloom.tracing.context import tracing_disabled as tracing_disabled
    from spanloom.tracing.context import use_span as use_span
    from spanloom.tracing.decorator import trace as trace
    from spanloom.tracing.feedback import delete_assessment as delete_assessment
    from spanloom.tracing.feedback import get_assessment as get_assessment
    from spanloom.tracing.feedback import log_assessment as log_assessment
    from spanloom.tracing.feedback import log_expectation as log_expectation
    from spanloom.tracing.feedback import log_feedback as log_feedback
    from spanloom.tracing.feedback import update_assessment as update_assessment
    from spanloom.tracing.jsonl import export_traces as export_traces
    from spanloom.tracing.jsonl import import_traces as import_traces
    from spanloom.tracing.outcome import register_control_flow as register_control_flow
    from spanloom.tracing.propagation import (
        get_tracing_context_headers_for_http_request as get_tracing_context_headers_for_http_request,
    )
    from spanloom.tracing.propagation import (
        set_tracing_context_from_http_request_headers as set_tracing_context_from_http_request_headers,
    )
    from spanloom.tracing.redaction_sets import API_KEYS as API_KEYS
    from spanloom.tracing.redaction_sets import CREDIT_CARDS as CREDIT_CARDS
    from spanloom.tracing.redaction_sets import EMAILS as EMAILS
    from spanloom.tracing.search import delete_traces as delete_traces
    from spanloom.tracing.search import search_traces as search_traces
    from spanloom.tracing.span import NOOP_SPAN_ID as NOOP_SPAN_ID
    from spanloom.tracing.span import Span as Span
    from spanloom.tracing.statistics import Statistics as Statistics
    from spanloom.tracing.streams import StreamFold as StreamFold
    from spanloom.tracing.streams import TracedAsyncIterator as TracedAsyncIterator
    from spanloom.tracing.streams import TracedIterator as TracedIterator
    from spanloom.tracing.summary import get_statistics as get_statistics
    from spanloom.tracing.tags import delete_trace_tag as delete_trace_tag
    from spanloom.tracing.tags import set_trace_tag as set_trace_tag
    from spanloom.tracing.traces import ReadableSpan as ReadableSpan
    from spanloom.tracing.traces import Trace as Trace
    from spanloom.tracing.traces import TraceData as TraceData
    from spanloom.tracing.traces import TraceInfo as TraceInfo
    from spanloom.tracing.traces import TraceList as TraceList
    from spanloom.tracing.usage import TokenUsage as TokenUsage
    from spanloom.tracing.vocabulary import SpanStatus as SpanStatus
    from spanloom.tracing.vocabulary import SpanType as SpanType

_HOMES = {
    "API_KEYS": "spanloom.tracing.redaction_sets",
    "Assessment": "spanloom.tracing.assessments",
    "AssessmentError": "spanloom.tracing.assessments",
    "AssessmentSource": "spanloom.tracing.assessments",
    "AssessmentSourceType": "spanloom.tracing.assessments",
    "CREDIT_CARDS": "spanloom.tracing.redaction_sets",
    "EMAILS": "spanloom.tracing.redaction_sets",
    "Expectation": "spanloom.tracing.assessments",
    "Experiment": "spanloom.tracing.configuration",
    "Feedback": "spanloom.tracing.assessments",
    "NOOP_SPAN_ID": "spanloom.tracing.span",
    "ReadableSpan": "spanloom.tracing.traces",
    "Span": "spanloom.tracing.span",
    "SpanStatus": "spanloom.tracing.vocabulary",
    "SpanType": "spanloom.tracing.vocabulary",
    "Statistics": "spanloom.tracing.statistics",
    "StreamFold": "spanloom.tracing.streams",
    "TokenUsage": "spanloom.tracing.usage",
    "Trace": "spanloom.tracing.traces",
    "TraceData": "spanloom.tracing.traces",
    "TraceInfo": "spanloom.tracing.traces",
    "TraceList": "spanloom.tracing.traces",
    "TracedAsyncIterator": "spanloom.tracing.streams",
    "TracedIterator": "spanloom.tracing.streams",
    "configure": "spanloom.tracing.configuration",
    "current_span": "spanloom.tracing.context",
    "delete_assessment": "spanloom.tracing.feedback",
    "delete_trace_tag": "spanloom.tracing.tags",
    "delete_traces": "spanloom.tracing.search",
    "export_traces": "spanloom.tracing.jsonl",
    "flush": "spanloom.tracing.api",
    "get_assessment": "spanloom.tracing.feedback",
    "get_current_active_span": "spanloom.tracing.api",
    "get_last_active_trace_id": "spanloom.tracing.api",
    "get_statistics": "spanloom.tracing.summary",
    "get_trace": "spanloom.tracing.api",
    "get_tracing_context_headers_for_http_request": "spanloom.tracing.propagation",
    "import_traces": "spanloom.tracing.jsonl",
    "log_assessment": "spanloom.tracing.feedback",
    "log_expectation": "spanloom.tracing.feedback",
    "log_feedback": "spanloom.tracing.feedback",
    "register_control_flow": "spanloom.tracing.outcome",
    "register_parent_resolver": "spanloom.tracing.context",
    "search_traces": "spanloom.tracing.search",
    "set_experiment": "spanloom.tracing.configuration",
    "set_trace_tag": "spanloom.tracing.tags",
    "set_tracing_context_from_http_request_headers": "spanloom.tracing.propagation",
    "start_span": "spanloom.tracing.api",
    "start_span_no_context": "spanloom.tracing.api",
    "trace": "spanloom.tracing.decorator",
    "tracing_context": "spanloom.tracing.api",
    "tracing_disabled": "spanloom.tracing.context",
    "update_assessment": "spanloom.tracing.feedback",
    "update_current_trace": "spanloom.tracing.api",
    "use_span": "spanloom.tracing.context",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - a test compares it with the imports above

__getattr__, __dir__ = lazy_attributes(__name__, _HOMES)
