"""`spanloom traces feedback`: say how good a trace is."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
import typer

import spanloom
from spanloom.cli.assessments import assessment_line
from spanloom.cli.lookup import find_trace
from spanloom.cli.stores import StoreOption, open_existing
from spanloom.cli.terminal import make_console, show, show_json
from spanloom.tracing.assessments import AssessmentSource, AssessmentSourceType

__all__ = ["feedback"]


def feedback(
    trace_id: Annotated[str, typer.Argument(metavar="ID|last", help="An id, the start of one, or `last`.")],
    name: Annotated[str, typer.Option(help="What is judged, e.g. correctness.")] = "feedback",
    value: Annotated[
        str | None, typer.Option(help="The judgement: true, false, a number, other JSON; anything else is text.")
    ] = None,
    rationale: Annotated[str | None, typer.Option(help="Why.")] = None,
    source_type: Annotated[str, typer.Option(help="HUMAN, LLM_JUDGE or CODE.")] = AssessmentSourceType.HUMAN,
    source_id: Annotated[str, typer.Option(help="Who exactly, e.g. an e-mail address.")] = "default",
    span_id: Annotated[str | None, typer.Option(help="The one span that is meant.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    store: StoreOption = None,
) -> None:
    """Say how good a trace, or one span of it, is."""
    open_existing(store)
    trace = find_trace(trace_id)
    said = spanloom.log_feedback(
        trace.info.trace_id,
        name,
        _parsed(value),
        source=AssessmentSource(source_type, source_id),
        rationale=rationale,
        span_id=span_id,
    )
    if as_json:
        show_json(said.to_dict())
        return
    console = make_console()
    show(console, assessment_line(said, trace))


def _parsed(value: str | None) -> Any:
    try:
        return orjson.loads(value) if value is not None else None
    except orjson.JSONDecodeError:
        return value
