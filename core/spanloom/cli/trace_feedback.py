"""`spanloom traces feedback`: say how good a trace is."""

from __future__ import annotations

from typing import Annotated

import typer

import spanloom
from spanloom.cli.assessments import (
    RationaleOption,
    SourceIdOption,
    SourceTypeOption,
    SpanOption,
    ValueOption,
    show_assessment,
)
from spanloom.cli.lookup import find_trace
from spanloom.cli.stores import StoreOption, open_existing
from spanloom.cli.trace_options import JsonOption, TraceArgument
from spanloom.tracing.assessments import AssessmentSource, AssessmentSourceType
from spanloom.tracing.json_text import json_or_text

__all__ = ["feedback"]


def feedback(
    trace_id: TraceArgument,
    name: Annotated[str, typer.Option(help="What is judged, e.g. correctness.")] = "feedback",
    value: ValueOption = None,
    rationale: RationaleOption = None,
    source_type: SourceTypeOption = AssessmentSourceType.HUMAN,
    source_id: SourceIdOption = "default",
    span_id: SpanOption = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Say how good a trace, or one span of it, is."""
    open_existing(store)
    trace = find_trace(trace_id)
    said = spanloom.log_feedback(
        trace.info.trace_id,
        name,
        json_or_text(value),
        source=AssessmentSource(source_type, source_id),
        rationale=rationale,
        span_id=span_id,
    )
    show_assessment(said, trace, as_json=as_json)
