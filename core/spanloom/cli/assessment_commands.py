"""`spanloom traces assessment`: change and delete feedback and expectations."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

import spanloom
from spanloom.cli.assessments import RationaleOption, ValueOption, show_assessment
from spanloom.cli.completion import complete_assessment_id
from spanloom.cli.lookup import find_trace
from spanloom.cli.stores import StoreOption, open_existing
from spanloom.cli.terminal import show_json
from spanloom.cli.trace_options import JsonOption, TraceArgument
from spanloom.tracing.assessments import Feedback
from spanloom.tracing.json_text import json_or_text

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Change and delete feedback and expectations.")

AssessmentArgument = Annotated[
    str,
    typer.Argument(
        metavar="ASSESSMENT", autocompletion=complete_assessment_id, help="Its id, as `spanloom traces show` tells it."
    ),
]


@app.command("update")
def update(
    trace_id: TraceArgument,
    assessment_id: AssessmentArgument,
    name: Annotated[str | None, typer.Option(help="The new name.")] = None,
    value: ValueOption = None,
    rationale: RationaleOption = None,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Change feedback or an expectation; what is not given stays as it is."""
    if name is None and value is None and rationale is None:
        raise typer.BadParameter("say what is new: --name, --value or --rationale")
    open_existing(store)
    trace = find_trace(trace_id)
    present = spanloom.get_assessment(trace.info.trace_id, assessment_id)
    changed = replace(present, name=name or present.name, rationale=rationale)
    if value is not None:
        changed = replace(changed, value=json_or_text(value))
        if isinstance(changed, Feedback):
            changed = replace(changed, error=None)
    said = spanloom.update_assessment(trace.info.trace_id, assessment_id, changed)
    show_assessment(said, trace, as_json=as_json)


@app.command("delete")
def delete(
    trace_id: TraceArgument, assessment_id: AssessmentArgument, as_json: JsonOption = False, store: StoreOption = None
) -> None:
    """Delete feedback or an expectation."""
    open_existing(store)
    trace = find_trace(trace_id)
    spanloom.delete_assessment(trace.info.trace_id, assessment_id)
    if as_json:
        show_json({"deleted": assessment_id})
    else:
        typer.echo(f"{assessment_id} deleted")
