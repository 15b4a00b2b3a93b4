"""Arguments and options that several commands about traces take."""

from __future__ import annotations

from typing import Annotated

import typer

from spanloom.cli.completion import complete_experiment, complete_filter, complete_trace_id

__all__ = ["ExperimentOption", "FilterOption", "JsonOption", "TraceArgument"]

TraceArgument = Annotated[
    str,
    typer.Argument(metavar="ID|last", autocompletion=complete_trace_id, help="An id, the start of one, or `last`."),
]
FilterOption = Annotated[
    str | None,
    typer.Option(
        "--filter",
        autocompletion=complete_filter,
        help="Only traces that fit, e.g. \"status = 'ERROR' AND tags.env = 'prod'\".",
    ),
]
ExperimentOption = Annotated[
    str | None, typer.Option(autocompletion=complete_experiment, help="Only traces of this experiment.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
