"""What the terminal says at the end: metrics, and files that were written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from spanloom.evaluation.pytest_plugin.totals import TestedEvaluation, evaluations
from spanloom.evaluation.scoring import Scorer

__all__ = ["write_summary"]


def write_summary(
    terminal: pytest.TerminalReporter, notes: Sequence[dict[str, Any]], scorers: Mapping[str, Sequence[Scorer]]
) -> None:
    """Write a table of metrics per evaluation, and which files are new."""
    found = evaluations(notes, scorers)
    if found:
        terminal.write_sep("=", "evaluations")
    for evaluation in found:
        _write(terminal, evaluation)
    for note in notes:
        if note["kind"] == "file":
            terminal.write_line(f"wrote {note['path']}", yellow=True)


def _write(terminal: pytest.TerminalReporter, evaluation: TestedEvaluation) -> None:
    passed = not evaluation.reason
    terminal.write(f"{'passed' if passed else 'FAILED'}  ", green=passed, red=not passed)
    terminal.write_line(evaluation.name + (f"  (run {evaluation.run_id})" if evaluation.run_id else ""))
    width = max(map(len, evaluation.metrics))
    for name, value in evaluation.metrics.items():
        wanted = evaluation.criteria.get(name)
        expected = "" if wanted is None else f"  expected {wanted if isinstance(wanted, str) else f'>= {wanted:g}'}"
        terminal.write_line(f"        {name:<{width}}  {value:<8.4g}{expected}".rstrip())
    if evaluation.misses_criteria:
        terminal.write_line(f"        {evaluation.reason}", red=True)
