"""`spanloom traces expectation`: say what a trace should have answered."""

from __future__ import annotations

from typing import Annotated

import typer

import spanloom
from spanloom.cli.assessments import (
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

__all__ = ["expectation"]


def expectation(
    trace_id: TraceArgument,
    name: Annotated[str, typer.Option(help="What is expected, e.g. expected_answer.")] = "expected_answer",
    value: ValueOption = None,
    source_type: SourceTypeOption = AssessmentSourceType.HUMAN,
    source_id: SourceIdOption = "default",
    span_id: SpanOption = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Say what a trace, or one span of it, should have answered or done."""
    open_existing(store)
    trace = find_trace(trace_id)
    said = spanloom.log_expectation(
        trace.info.trace_id,
        name,
        json_or_text(value),
        source=AssessmentSource(source_type, source_id),
        span_id=span_id,
    )
    show_assessment(said, trace, as_json=as_json)
