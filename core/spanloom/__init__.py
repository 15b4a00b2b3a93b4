"""Every agent framework, one trace and one agent interface.

    import spanloom
    spanloom.autolog()              # trace every supported framework, installed now or imported later
    agent = spanloom.wrap(my_agent) # any native agent as a ResponsesAgent

This module is a lazy facade: a name is imported when it is first touched, so `import spanloom` itself loads no
third-party package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanloom.facade import lazy_attributes

if TYPE_CHECKING:
    from spanloom.agents import ChatAgent as ChatAgent
    from spanloom.agents import ChatModel as ChatModel
    from spanloom.agents import PythonModel as PythonModel
    from spanloom.agents import ResponsesAgent as ResponsesAgent
    from spanloom.agents import wrap as wrap
    from spanloom.instrument import autolog as autolog
    from spanloom.tracing import Assessment as Assessment
    from spanloom.tracing import AssessmentError as AssessmentError
    from spanloom.tracing import AssessmentSource as AssessmentSource
    from spanloom.tracing import AssessmentSourceType as AssessmentSourceType
    from spanloom.tracing import Expectation as Expectation
    from spanloom.tracing import Feedback as Feedback
    from spanloom.tracing import Span as Span
    from spanloom.tracing import SpanStatus as SpanStatus
    from spanloom.tracing import SpanType as SpanType
    from spanloom.tracing import TokenUsage as TokenUsage
    from spanloom.tracing import Trace as Trace
    from spanloom.tracing import TraceData as TraceData
    from spanloom.tracing import TraceInfo as TraceInfo
    from spanloom.tracing import TraceList as TraceList
    from spanloom.tracing import configure as configure
    from spanloom.tracing import delete_assessment as delete_assessment
    from spanloom.tracing import delete_traces as delete_traces
    from spanloom.tracing import export_traces as export_traces
    from spanloom.tracing import flush as flush
    from spanloom.tracing import get_assessment as get_assessment
    from spanloom.tracing import get_current_active_span as get_current_active_span
    from spanloom.tracing import get_last_active_trace_id as get_last_active_trace_id
    from spanloom.tracing import get_trace as get_trace
    from spanloom.tracing import (
        get_tracing_context_headers_for_http_request as get_tracing_context_headers_for_http_request,
    )
    from spanloom.tracing import import_traces as import_traces
    from spanloom.tracing import log_assessment as log_assessment
    from spanloom.tracing import log_expectation as log_expectation
    from spanloom.tracing import log_feedback as log_feedback
    from spanloom.tracing import search_traces as search_traces
    from spanloom.tracing import set_experiment as set_experiment
    from spanloom.tracing import (
        set_tracing_context_from_http_request_headers as set_tracing_context_from_http_request_headers,
    )
    from spanloom.tracing import start_span as start_span
    from spanloom.tracing import start_span_no_context as start_span_no_context
    from spanloom.tracing import trace as trace
    from spanloom.tracing import tracing_context as tracing_context
    from spanloom.tracing import tracing_disabled as tracing_disabled
    from spanloom.tracing import update_assessment as update_assessment
    from spanloom.tracing import update_current_trace as update_current_trace

__version__ = "0.1.0"

_HOMES = {
    "autolog": "spanloom.instrument",
    **dict.fromkeys(("ChatAgent", "ChatModel", "PythonModel", "ResponsesAgent", "wrap"), "spanloom.agents"),
    **dict.fromkeys(
        (
            "Assessment",
            "AssessmentError",
            "AssessmentSource",
            "AssessmentSourceType",
            "Expectation",
            "Feedback",
            "Span",
            "SpanStatus",
            "SpanType",
            "TokenUsage",
            "Trace",
            "TraceData",
            "TraceInfo",
            "TraceList",
            "configure",
            "delete_assessment",
            "delete_traces",
            "export_traces",
            "flush",
            "get_assessment",
            "get_current_active_span",
            "get_last_active_trace_id",
            "get_trace",
            "get_tracing_context_headers_for_http_request",
            "import_traces",
            "log_assessment",
            "log_expectation",
            "log_feedback",
            "search_traces",
            "set_experiment",
            "set_tracing_context_from_http_request_headers",
            "start_span",
            "start_span_no_context",
            "trace",
            "tracing_context",
            "tracing_disabled",
            "update_assessment",
            "update_current_trace",
        ),
        "spanloom.tracing",
    ),
}

__all__ = [*sorted(_HOMES), "__version__"]  # noqa: PLE0604 - the names are strings; a test compares them with the types

__getattr__, __dir__ = lazy_attributes(__name__, _HOMES)


def _follow_environment() -> None:
    import os

    if os.environ.get("SPANLOOM_AUTOLOG"):
        from spanloom.instrument.environment import autolog_from_environment

        autolog_from_environment()


_follow_environment()
