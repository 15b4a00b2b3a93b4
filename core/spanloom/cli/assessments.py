"""Feedback and expectations: the options that say one, and one shown in a line."""

from __future__ import annotations

from typing import Annotated

import orjson
import typer
from rich.text import Text

from spanloom.cli.formats import one_line
from spanloom.cli.span_tree import style_of_status
from spanloom.cli.terminal import make_console, show, show_json
from spanloom.tracing.assessments import Assessment, Feedback
from spanloom.tracing.traces import Trace

__all__ = [
    "RationaleOption",
    "SourceIdOption",
    "SourceTypeOption",
    "SpanOption",
    "ValueOption",
    "assessment_line",
    "show_assessment",
]

ValueOption = Annotated[
    str | None, typer.Option(help="The value: true, false, a number, other JSON; anything else is text.")
]
RationaleOption = Annotated[str | None, typer.Option(help="Why.")]
SourceTypeOption = Annotated[str, typer.Option(help="HUMAN, LLM_JUDGE or CODE.")]
SourceIdOption = Annotated[str, typer.Option(help="Who exactly, e.g. an e-mail address.")]
SpanOption = Annotated[str | None, typer.Option(help="The one span that is meant.")]

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


def show_assessment(said: Assessment, trace: Trace, *, as_json: bool) -> None:
    """Print it as a line, or as a JSON document."""
    if as_json:
        show_json(said.to_dict())
    else:
        show(make_console(), assessment_line(said, trace))
