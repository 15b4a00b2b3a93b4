"""What the pages of evaluations ask for: JSON. Rows come page by page."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query

from spanloom.errors import NotFoundError
from spanloom.evaluation import EvaluationResult, RowResult, ScoreComparison, compare
from spanloom.evaluation.records import find, load_rows, page_of_rows
from spanloom.tracking.run import json_number
from spanloom.viewer.evaluation_pairs import Direction, pairs

__all__ = ["router"]

router = APIRouter(prefix="/api/evaluations")

Offset = Annotated[int, Query(ge=0)]
Limit = Annotated[int, Query(ge=1, le=200)]


# Plain functions: the store blocks, so each runs in a thread of its own.
@router.get("/compare", summary="Compare two evaluations")
def comparison(base: str, run: str) -> dict[str, Any]:
    """Return how each score changed, with the interval of a paired bootstrap, and how many rows they share."""
    compared = compare(base, run)
    return {
        "base": _facts(compared.base),
        "run": _facts(compared.result),
        "matched": compared.matched,
        "only_base": len(compared.only_base),
        "only_run": len(compared.only_result),
        "scores": [_score(score) for score in compared.scores.values()],
    }


@router.get("/compare/rows", summary="Compare the rows of two evaluations")
def compared_rows(
    base: str,
    run: str,
    score: str | None = None,
    direction: Direction = "changed",
    offset: Offset = 0,
    limit: Limit = 50,
) -> dict[str, Any]:
    """Return one page of the rows with the same inputs, in the order of the later evaluation's data."""
    found = pairs(_rows(base), _rows(run), score=score, direction=direction)
    page = found[offset : offset + limit]
    rows = [{"base": pair.base.to_dict(), "run": pair.row.to_dict(), "changes": pair.changes} for pair in page]
    return {"rows": rows, "count": len(found)}


@router.get("/{run_id}/rows", summary="Return the rows of an evaluation")
def rows(run_id: str, show: Literal["all", "failed"] = "all", offset: Offset = 0, limit: Limit = 50) -> dict[str, Any]:
    """Return one page of them, in the order of the data, and how many there are."""
    _check(run_id)
    found, count = page_of_rows(run_id, flawed=show == "failed", offset=offset, limit=limit)
    return {"rows": found, "count": count}


def _rows(run_id: str) -> list[RowResult]:
    _check(run_id)
    return load_rows(run_id)


def _check(run_id: str) -> None:
    if find(run_id) is None:
        raise NotFoundError(f"the store has no evaluation of the run {run_id!r}")


def _facts(result: EvaluationResult) -> dict[str, Any]:
    return {"run_id": result.run_id, "run_name": result.run_name, "passed": result.passed, "rows": len(result.rows)}


def _score(score: ScoreComparison) -> dict[str, Any]:
    numbers = {name: json_number(getattr(score, name)) for name in ("before", "after", "difference")}
    return {
        "name": score.name,
        "rows": score.rows,
        **numbers,
        "interval": [json_number(bound) for bound in score.interval],
        "significant": score.significant,
        "increased": len(score.increased),
        "decreased": len(score.decreased),
    }
