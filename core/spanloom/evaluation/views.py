"""Evaluations and comparisons to look at: text, rich tables and HTML, all of the same cells."""

from __future__ import annotations

import html
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import orjson

from spanloom.evaluation.metrics import feedback_names
from spanloom.tracing.snapshot import snapshot

if TYPE_CHECKING:
    from spanloom.evaluation.comparison import Comparison
    from spanloom.evaluation.result import EvaluationResult
    from spanloom.evaluation.row import RowResult

__all__ = ["as_html", "as_text", "comparison_as_html", "comparison_as_text", "show"]

_ROWS = 20
"""Rows that are shown; what failed comes first."""

_WIDTH = 40


class _Grid(NamedTuple):
    header: list[str]
    lines: list[list[str]]


def as_text(result: EvaluationResult) -> str:
    """Return the metrics and the rows as plain text."""
    return "\n".join([_title(result), "", *_aligned(_metrics(result)), "", *_aligned(_rows(result)), *_rest(result)])


def as_html(result: EvaluationResult) -> str:
    """Return the same as HTML, for notebooks."""
    rest = "".join(f"<p>{html.escape(text)}</p>" for text in _rest(result) if text)
    return f"<p>{html.escape(_title(result))}</p>{_table(_metrics(result))}{_table(_rows(result))}{rest}"


def comparison_as_text(comparison: Comparison) -> str:
    """Return the comparison as plain text."""
    lines = [_comparison_title(comparison), "", *_aligned(_scores(comparison))]
    changes = _changes(comparison)
    return "\n".join([*lines, "", *_aligned(changes)] if changes.lines else lines)


def comparison_as_html(comparison: Comparison) -> str:
    """Return the same as HTML, for notebooks."""
    title = html.escape(_comparison_title(comparison))
    return f"<p>{title}</p>{_table(_scores(comparison))}{_table(_changes(comparison))}"


def show(result: EvaluationResult) -> None:
    """Print the tables with rich if it is installed, or else as plain text."""
    try:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text
    except ModuleNotFoundError:
        sys.stdout.write(f"{as_text(result)}\n")
        return
    console = Console()
    console.print(Text(_title(result), "green" if result.passed else "red"))
    for grid in (_metrics(result), _rows(result)):
        table = Table(*grid.header, box=None, header_style="dim", pad_edge=False)
        for line in grid.lines:
            table.add_row(*map(Text, line))
        console.print(table)
    for text in _rest(result):
        console.print(Text(text))


def _title(result: EvaluationResult) -> str:
    verdict = "passed" if result.passed else "did not pass"
    return f"Evaluation {result.run_name} ({result.run_id}) {verdict}"


def _metrics(result: EvaluationResult) -> _Grid:
    return _Grid(["METRIC", "VALUE"], [[name, f"{value:.4g}"] for name, value in result.metrics.items()])


def _rows(result: EvaluationResult) -> _Grid:
    names = list(feedback_names(result.rows))
    shown = sorted(result.rows, key=lambda row: (not row.flawed, row.position))[:_ROWS]
    lines = [
        [str(row.position), *(_cell(_score(row, name)) for name in names), _cell(row.inputs), _answer(row)]
        for row in shown
    ]
    return _Grid(["ROW", *names, "INPUTS", "OUTPUTS"], lines)


def _score(row: RowResult, name: str) -> Any:
    for score in row.scores:
        if score.name == name:
            return "error" if score.feedback.error is not None else score.value
    return "-"


def _answer(row: RowResult) -> str:
    return _cell(row.outputs if row.error is None else f"{row.error.error_code}: {row.error.error_message}")


def _rest(result: EvaluationResult) -> list[str]:
    hidden = len(result.rows) - _ROWS
    notes = [f"… and {hidden} more rows"] if hidden > 0 else []
    return [*notes, *(["", result.reason] if result.reason else [])]


def _comparison_title(comparison: Comparison) -> str:
    alone = f"{len(comparison.only_base)} only in the first, {len(comparison.only_result)} only in the second"
    names = f"{comparison.base.run_name} -> {comparison.result.run_name}"
    return f"Comparison {names}: {comparison.matched} rows in both, {alone}"


def _scores(comparison: Comparison) -> _Grid:
    header = ["SCORE", "ROWS", "BEFORE", "AFTER", "DIFFERENCE", "95 % INTERVAL", "", "UP", "DOWN"]
    lines = [
        [
            score.name,
            str(score.rows),
            f"{score.before:.4g}",
            f"{score.after:.4g}",
            f"{score.difference:+.4g}",
            f"{score.interval[0]:+.3g} … {score.interval[1]:+.3g}",
            "significant" if score.significant else "may be chance",
            str(len(score.increased)),
            str(len(score.decreased)),
        ]
        for score in comparison.scores.values()
    ]
    return _Grid(header, lines)


def _changes(comparison: Comparison) -> _Grid:
    lines = [
        [score.name, f"{change.before:.4g}", f"{change.after:.4g}", _cell(change.inputs), _answer(change.row)]
        for score in comparison.scores.values()
        for change in [*score.decreased[:_ROWS], *score.increased[:_ROWS]]
    ]
    return _Grid(["SCORE", "BEFORE", "AFTER", "INPUTS", "OUTPUTS NOW"], lines)


def _cell(value: Any) -> str:
    text = value if isinstance(value, str) else orjson.dumps(orjson.loads(snapshot(value))).decode()
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…"


def _aligned(grid: _Grid) -> list[str]:
    table = [grid.header, *grid.lines]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in table]


def _table(grid: _Grid) -> str:
    def row(cells: Sequence[str], tag: str) -> str:
        return f"<tr>{''.join(f'<{tag}>{html.escape(cell)}</{tag}>' for cell in cells)}</tr>"

    return f"<table>{row(grid.header, 'th')}{''.join(row(line, 'td') for line in grid.lines)}</table>"
