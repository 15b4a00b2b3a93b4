"""`spanloom.search_runs`."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import Any, Final, Literal, overload

import orjson
from sqlalchemy import UnaryExpression, select

from spanloom.errors import FilterError
from spanloom.store.records import reading
from spanloom.store.search import parse_filter
from spanloom.store.search.table_orders import table_orders
from spanloom.tracing.settings import settings
from spanloom.tracking.columns import RUN_COLUMNS
from spanloom.tracking.conditions import condition, value_of
from spanloom.tracking.frame import to_frame
from spanloom.tracking.run import RunList
from spanloom.tracking.run_rows import load_runs
from spanloom.tracking.tables import RUNS, SCHEMA

__all__ = ["search_runs"]

_MOST_RESULTS: Final = 100_000


@overload
def search_runs(
    experiment_ids: Sequence[str] | None = None,
    filter_string: str = "",
    *,
    max_results: int = _MOST_RESULTS,
    order_by: str | Sequence[str] | None = None,
    output_format: Literal["pandas"] = "pandas",
    search_all_experiments: bool = False,
    experiment_names: Sequence[str] | None = None,
    page_token: str | None = None,
) -> Any: ...


@overload
def search_runs(
    experiment_ids: Sequence[str] | None = None,
    filter_string: str = "",
    *,
    max_results: int = _MOST_RESULTS,
    order_by: str | Sequence[str] | None = None,
    output_format: Literal["list"],
    search_all_experiments: bool = False,
    experiment_names: Sequence[str] | None = None,
    page_token: str | None = None,
) -> RunList: ...


def search_runs(
    experiment_ids: Sequence[str] | None = None,
    filter_string: str = "",
    *,
    max_results: int = _MOST_RESULTS,
    order_by: str | Sequence[str] | None = None,
    output_format: Literal["list", "pandas"] = "pandas",
    search_all_experiments: bool = False,
    experiment_names: Sequence[str] | None = None,
    page_token: str | None = None,
) -> RunList | Any:
    """Return the runs that fit, newest first.

    Args:
        experiment_ids: Only runs of these experiments, by name; by default those of the experiment that is set.
        filter_string: Conditions in the manner of SQL's `WHERE`, MLflow's among them. The columns are described in the
            documentation of runs.
        max_results: At most so many.
        order_by: Columns to sort by, each followed by `ASC`, `DESC` or nothing; runs without a value come last.
        output_format: `"pandas"` for a DataFrame with MLflow's columns, or `"list"`.
        search_all_experiments: Whether runs of every experiment count where none is named.
        experiment_names: Another name of `experiment_ids`.
        page_token: The `token` of the previous result, to see what follows.

    Returns:
        The runs; the attribute `token` of a list is `None` where nothing follows.

    Raises:
        FilterError: If the filter, the order or the page token can't be understood; it says where and why.
        MissingExtraError: If a DataFrame is wanted and pandas is not installed.
        StoreError: If the store can't be read.
        ValueError: If `max_results` is not positive, or `output_format` is none of the two.

    Example:
        >>> good = spanloom.search_runs(
        ...     filter_string="metrics.accuracy > 0.9 AND params.model = 'gpt-5' AND status = 'FINISHED'",
        ...     order_by=["metrics.accuracy DESC"],
        ...     output_format="list",
        ... )
    """
    if experiment_ids and experiment_names:
        raise FilterError("search_runs takes experiment_ids= or experiment_names=, which mean the same, not both")
    if max_results < 1:
        raise ValueError(f"max_results must be at least 1, got {max_results}")
    if output_format not in {"list", "pandas"}:
        raise ValueError(f"output_format must be 'list' or 'pandas', got {output_format!r}")
    names = _names(experiment_ids or experiment_names)
    if not names and not search_all_experiments:
        names = [settings.experiment]
    question = orjson.dumps([names, filter_string, order_by], default=list).decode()
    offset = _read_token(page_token, question) if page_token is not None else 0
    asked = select(RUNS.c.run_id).order_by(*_orders(order_by)).limit(max_results + 1).offset(offset)
    if names:
        asked = asked.where(RUNS.c.experiment.in_(names))
    tree = parse_filter(filter_string, RUN_COLUMNS) if filter_string else None
    with reading(SCHEMA) as connection:
        if tree is not None:
            asked = asked.where(condition(tree, connection.dialect.name))
        ids = list(connection.scalars(asked))
        found = RunList(load_runs(connection, ids[:max_results]))
    if len(ids) > max_results:
        found.token = _make_token(question, offset + max_results)
    return found if output_format == "list" else to_frame(found)


def _names(experiments: str | Sequence[str] | None) -> list[str]:
    return [experiments] if isinstance(experiments, str) else list(map(str, experiments or ()))


def _orders(order_by: str | Sequence[str] | None) -> list[UnaryExpression[Any]]:
    orders = table_orders(order_by, RUN_COLUMNS, value_of, "runs", "metrics.accuracy DESC")
    return [*orders, RUNS.c.start_time.desc(), RUNS.c.run_id.desc()]


def _make_token(question: str, offset: int) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([offset, question])).decode().rstrip("=")


def _read_token(token: str, question: str) -> int:
    try:
        offset, asked = orjson.loads(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
        fits = isinstance(offset, int) and offset >= 0 and asked == question
    except (TypeError, ValueError, binascii.Error):
        fits = False
    if not fits:
        raise FilterError(
            "page_token: this is not the token of a page of this search; give the `token` of the previous result, with "
            "the same experiments, filter and order"
        )
    return int(offset)
