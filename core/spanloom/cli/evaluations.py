"""`spanloom evaluations`: what was evaluated, how it went, and what changed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.text import Text

from spanloom.cli.formats import elapsed
from spanloom.cli.stores import StoreOption, open_existing, place
from spanloom.cli.tables import new_table
from spanloom.cli.terminal import make_console, show, show_json
from spanloom.cli.trace_options import JsonOption
from spanloom.evaluation.comparison import compare as compare_results
from spanloom.evaluation.records import EvaluationRecord, evaluation_records
from spanloom.evaluation.result import load_results

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="See what was evaluated, and compare.")


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
    if not records:
        show(make_console(), Text(f"No evaluations yet in {place(url)}. `spanloom.evaluate(…)` makes one."))
        return
    table = new_table("RUN", "NAME", "WHEN", "STATE", "METRICS")
    table.columns[-1].no_wrap = False
    for record in records:
        metrics = "  ".join(f"{name}={value:.4g}" for name, value in record.metrics.items())
        table.add_row(
            record.run_id, Text(record.name), elapsed(int(record.begin_s * 1000)), _state(record), Text(metrics)
        )
    show(make_console(), table)


@app.command("show")
def show_one(
    run: Annotated[str, typer.Argument(help="The id of the run.")],
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Show the metrics and the rows of an evaluation, those that failed first."""
    open_existing(store)
    result = load_results(run)
    if as_json:
        facts = {name: getattr(result, name) for name in ("run_id", "run_name", "metrics", "passed", "reason")}
        show_json({**facts, "rows": [row.to_dict() for row in result.rows]})
    else:
        typer.echo(str(result))


@app.command("compare")
def compare(
    base: Annotated[str, typer.Argument(help="The id of the earlier run.")],
    run: Annotated[str, typer.Argument(help="The id of the later run.")],
    as_json: JsonOption = False,
    store: StoreOption = None,
) -> None:
    """Compare two evaluations of the same data, row by row."""
    open_existing(store)
    comparison = compare_results(base, run)
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
    show_json({"base": base, "run": run, "matched": comparison.matched, "scores": scores})


def _state(record: EvaluationRecord) -> str:
    if record.end_s is None:
        return "unfinished"
    return "passed" if record.passed else "not passed"
