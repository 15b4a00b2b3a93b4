"""Feedback and expectations, in one line each."""

from __future__ import annotations

import orjson
from rich.text import Text

from spanloom.cli.formats import one_line
from spanloom.cli.span_tree import style_of_status
from spanloom.tracing.assessments import Assessment, Feedback
from spanloom.tracing.traces import Trace

__all__ = ["assessment_line"]

_VALUE = 240
_RATIONALE = 400


def assessment_line(said: Assessment, trace: Trace) -> Text:
    """Return what is said about which span, by whom, and why."""
    line = Text(one_line(said.name, 60), "bold")
    error = said.error if isinstance(said, Feedback) else None
    if said.value is not None:
        value = said.value if isinstance(said.value, str) else orjson.dumps(said.value).decode()
        line.append(f" = {one_line(value, _VALUE)}", "default")
    if error is not None:
        told = ": ".join(part for part in (error.error_code, error.error_message) if part)
        line.append(f" failed: {one_line(told, _VALUE)}", style_of_status("ERROR"))
    if said.rationale:
        line.append(f" because {one_line(said.rationale, _RATIONALE)}", "default")
    line.append(f"  by {said.source.source_type} {one_line(said.source.source_id, 60)}", "dim")
    if said.span_id is not None:
        names = [span.name for span in trace.search_spans(span_id=said.span_id)]
        line.append(f" on {one_line(names[0] if names else said.span_id, 60)}", "dim")
    return line.append(f"  {said.assessment_id}", "dim") if said.assessment_id is not None else line
