"""What comes of an evaluation. The names that MLflow has are MLflow's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from spanloom.errors import NotFoundError
from spanloom.evaluation.records import evaluation_records, find, load_rows
from spanloom.evaluation.row import RowResult

if TYPE_CHECKING:
    from spanloom.evaluation.comparison import Comparison

__all__ = ["EvaluationResult", "load_results"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationResult:
    """What came of an evaluation.

    Attributes:
        run_id: The run that the metrics, and the traces, are linked to.
        run_name: The run's name.
        metrics: `<scorer>/<aggregation>`, `<scorer>/errors` where it failed, `rows/count` and `rows/failed`.
        rows: What came of each row, in the order of the data.
        passed: Whether the pass criteria are met; without any, whether every row has an answer and every score passes.
        reason: Why it did not pass, for people; empty if it did.
        pass_criteria: What the metrics had to be, if that was said.

    Example:
        >>> result = spanloom.evaluate(data, [exact_match], predict_fn, pass_criteria={"exact_match/mean": ">= 0.9"})
        >>> assert result.passed, result.reason
    """

    run_id: str
    run_name: str
    metrics: dict[str, float]
    rows: list[RowResult] = field(repr=False)
    passed: bool
    reason: str = ""
    pass_criteria: dict[str, str | float] | None = None

    @property
    def failed_rows(self) -> list[RowResult]:
        """The rows that have no answer."""
        return [row for row in self.rows if row.error is not None]

    @property
    def result_df(self) -> Any:
        """A pandas DataFrame with MLflow's columns, one row per row: scores first, what the traces tell last.

        Raises:
            MissingExtraError: If pandas is not installed.
        """
        from spanloom.evaluation.result_frame import result_frame

        return result_frame(self.rows)

    @property
    def tables(self) -> dict[str, Any]:
        """The DataFrame under the name that MLflow gives it."""
        return {"eval_results": self.result_df}

    def compare(self, other: EvaluationResult | str) -> Comparison:
        """Compare this evaluation with an earlier one, which is the base; see `compare`."""
        from spanloom.evaluation.comparison import compare

        return compare(other, self)

    def show(self) -> None:
        """Print the tables, in colour where there is a terminal and rich is installed."""
        from spanloom.evaluation.views import show

        show(self)

    def __str__(self) -> str:
        from spanloom.evaluation.views import as_text

        return as_text(self)

    def _repr_html_(self) -> str:
        from spanloom.evaluation.views import as_html

        return as_html(self)


def load_results(run_id: str) -> EvaluationResult:
    """Return the result of an evaluation from the store; of one that did not end, what came of it so far.

    Raises:
        NotFoundError: If this run is no evaluation.
        StoreError: If the store can't be read.

    Example:
        >>> spanloom.evaluation.load_results(run_id).compare(earlier_run_id)
    """
    record = find(run_id)
    if record is None:
        raise NotFoundError(f"the store has no evaluation of the run {run_id!r}; {_known()}")
    return EvaluationResult(
        run_id=run_id,
        run_name=record.name,
        metrics=record.metrics,
        rows=load_rows(run_id),
        passed=bool(record.passed),
        reason=record.reason if record.end_s is not None else "the evaluation did not end; go on with resume=",
        pass_criteria=record.pass_criteria,
    )


def _known() -> str:
    records: Sequence[Any] = evaluation_records(5)
    listed = ", ".join(f"{record.run_id} ({record.name})" for record in records)
    return f"the newest are {listed}" if records else "there are none yet"
