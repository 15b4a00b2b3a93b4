"""What the pages of runs ask for: JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query

from spanloom.evaluation.records import find
from spanloom.tracing.attributes import SOURCE_RUN
from spanloom.tracking import Run, get_metric_history, get_run, search_runs
from spanloom.viewer.metric_points import thinned

__all__ = ["router"]

router = APIRouter(prefix="/api/runs")

_MOST_NESTED: Final = 200
"""Runs that are listed below those of one page; all of them are a search away."""


# Plain functions: the store blocks, so each runs in a thread of its own.
@router.get("", summary="Search runs")
def search(
    filter: str | None = None,  # noqa: A002 - the search language's own word
    order_by: str | None = None,
    page_token: str | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Return one page of the runs that fit, newest first unless ordered otherwise.

    Without a filter and an order, these are the runs that stand alone; `nested` has those inside them.
    """
    everything = not filter and not order_by
    found = search_runs(
        filter_string=filter or ("parent_run_id IS NULL" if everything else ""),
        max_results=limit,
        order_by=[order_by] if order_by else None,
        output_format="list",
        search_all_experiments=True,
        page_token=page_token or None,
    )
    parents = {run.info.parent_run_id for run in found if run.info.parent_run_id}
    return {
        "runs": [_described(run) for run in found],
        "nested": [_described(run) for run in _nested_in(found)] if everything else [],
        "parents": {run.info.run_id: run.info.run_name for run in _with_ids("run_id", parents)},
        "next_page_token": found.token,
    }


@router.get("/{run_id}", summary="Return a run")
def run(run_id: str) -> dict[str, Any]:
    """Return what `Run.to_dict` gives, the run it is nested in, its evaluation, and how to find what belongs to it."""
    found = get_run(run_id)
    parent = get_run(found.info.parent_run_id).info if found.info.parent_run_id else None
    return {
        **_described(found),
        "parent": asdict(parent) if parent else None,
        "nested": [_described(each) for each in _with_ids("parent_run_id", [run_id])],
        "nested_filter": f"parent_run_id = {_quoted(run_id)}",
        "traces_filter": f"metadata.`{SOURCE_RUN}` = {_quoted(run_id)}",
    }


@router.get("/{run_id}/history", summary="Return the histories of a run's metrics")
def history(run_id: str) -> dict[str, Any]:
    """Return of each metric that was logged more than once how many points it has, and enough of them to draw it.

    A point is `[step, value]`; a value that is no number is `null`.
    """
    points = {key: get_metric_history(run_id, key) for key in get_run(run_id).data.metrics}
    return {
        "metrics": {
            key: {"count": len(metrics), "points": thinned(metrics)}
            for key, metrics in points.items()
            if len(metrics) > 1
        }
    }


def _described(run: Run) -> dict[str, Any]:
    evaluation = find(run.info.run_id) if run.data.tags.get("spanloom.runType") == "evaluation" else None
    return {**run.to_dict(), "evaluation": asdict(evaluation) if evaluation else None}


def _nested_in(runs: Iterable[Run]) -> list[Run]:
    """Return the runs inside these, those inside them, and so on."""
    found: list[Run] = []
    above = [run.info.run_id for run in runs]
    while above and len(found) < _MOST_NESTED:
        below = _with_ids("parent_run_id", above, _MOST_NESTED - len(found))
        found += below
        above = [run.info.run_id for run in below]
    return found


def _with_ids(column: str, run_ids: Iterable[str], most: int = _MOST_NESTED) -> list[Run]:
    listed = ", ".join(map(_quoted, sorted(run_ids)))
    if not listed:
        return []
    return search_runs(
        filter_string=f"{column} IN ({listed})", max_results=most, output_format="list", search_all_experiments=True
    )


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
