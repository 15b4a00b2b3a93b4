"""`spanloom evaluations`: what was evaluated, how it went, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from spanloom.cli.formats import elapsed, one_line
from spanloom.cli.run_lookup import find_run
from spanloom.cli.stores import StoreOption, open_existing, place
from spanloom.cli.tables import Column, FittedTable
from spanloom.cli.terminal import is_plain, make_console, show, show_json
from spanloom.cli.trace_options import JsonOption
from spanloom.evaluation.comparison import compare as compare_results
from spanloom.evaluation.records import EvaluationRecord, evaluation_records
from spanloom.evaluation.result import load_results

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="See what was evaluated, and compare.")

RunArgument = Annotated[
    str, typer.Argument(metavar="ID|last", help="An id of a run, the start of one, a name, or `last`.")
]

_SHORT_ID = 16
"""Digits of an id that tell runs apart: 12 of the time in milliseconds, 4 random ones."""


@app.callback()
def _evaluations() -> None:
    """See what was evaluated, and compare."""


@app.command("list")
def list_(
    limit: Annotated[int, typer.Option("-n", "--limit", min=1, help="How many at most.")] = 20,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """List evaluations, newest first."""
    url = open_existing(store)
    records = evaluation_records(limit)
    if as_json:
        show_json([asdict(record) for record in records])
        return
    console = make_console()
    if not records:
        show(console, Text(f"No evaluations yet in {place(url)}. `spanloom.evaluate(…)` makes one."))
        return
    show(console, _evaluation_list(records, console))


@app.command("show")
def show_one(
    wanted: RunArgument,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Show the metrics and the rows of an evaluation, those that failed first."""
    open_existing(store)
    result = load_results(_run_id(wanted))
    if as_json:
        facts = {name: getattr(result, name) for name in ("run_id", "run_name", "metrics", "passed", "reason")}
        show_json({**facts, "rows": [row.to_dict() for row in result.rows]})
    else:
        typer.echo(str(result))


@app.command("compare")
def compare(
    base: RunArgument,
    run: RunArgument,
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Compare two evaluations of the same data, row by row; the earlier one first."""
    open_existing(store)
    before, after = _run_id(base), _run_id(run)
    comparison = compare_results(before, after)
    if not as_json:
        typer.echo(str(comparison))
        return
    scores = [
        {
            "name": score.name,
            "rows": score.rows,
            "before": score.before,
            "after": score.after,
            "interval": score.interval,
            "significant": score.significant,
            "increased": [change.inputs for change in score.increased],
            "decreased": [change.inputs for change in score.decreased],
        }
        for score in comparison.scores.values()
    ]
    show_json({"base": before, "run": after, "matched": comparison.matched, "scores": scores})


def _run_id(wanted: str) -> str:
    """Return the id of the run that is meant; `last` is the newest evaluation, whatever ran since."""
    newest = evaluation_records(1)
    return newest[0].run_id if wanted == "last" and newest else find_run(wanted).info.run_id


def _evaluation_list(records: Sequence[EvaluationRecord], console: Console) -> FittedTable:
    plain = is_plain(console)
    table = FittedTable(
        "RUN",
        Column("WHEN", rank=2),
        "STATE" if plain else "",
        Column("NAME", least=16),
        Column("METRICS", least=20, rank=1),
    )
    for record in records:
        metrics = "  ".join(f"{one_line(name)}={value:.4g}" for name, value in record.metrics.items())
        state, sign, color = _state(record)
        table.add_row(
            record.run_id if plain else record.run_id[:_SHORT_ID],
            elapsed(int(record.begin_s * 1000)),
            Text(state if plain else sign, color),
            Text(one_line(record.name, 60)),
            Text(metrics),
        )
    return table


def _state(record: EvaluationRecord) -> tuple[str, str, str]:
    """Return it in words, as a sign, and its colour."""
    if record.end_s is None:
        return "unfinished", "…", "blue"
    return ("passed", "✓", "green") if record.passed else ("not passed", "✗", "red")
