"""`search_datasets`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import UnaryExpression, select

from spanloom.errors import FilterError
from spanloom.evaluation.datasets.dataset import EvaluationDataset
from spanloom.evaluation.datasets.rows import load_facts
from spanloom.evaluation.datasets.tables import DATASETS, EXPERIMENTS, SCHEMA, TAGS
from spanloom.store.records import reading
from spanloom.store.search import Column, ColumnType, parse_filter
from spanloom.store.search.columns import Columns
from spanloom.store.search.table_conditions import TableConditions

__all__ = ["search_datasets"]

_COLUMNS: Final = Columns(
    (
        Column("name", ColumnType.TEXT, "its name", ("dataset.name", "attributes.name")),
        Column("dataset_id", ColumnType.TEXT, "its id", ("attributes.dataset_id",)),
        Column(
            "created_time",
            ColumnType.TIME,
            "when it was made: an ISO 8601 text, or milliseconds since 1970",
            ("created", "create_time"),
        ),
        Column("last_update_time", ColumnType.TIME, "when its newest version was made, likewise", ("updated",)),
        Column("version", ColumnType.NUMBER, "the number of the newest version"),
        Column("tags", ColumnType.TEXT, "the value of a tag", ("tag",), keyed=True),
    ),
    example="tags.team = 'support'",
    documentation="docs/datasets.md",
)
_CONDITIONS: Final = TableConditions(DATASETS, "dataset_id", {"tags": TAGS})
_ITEM: Final = re.compile(r"\s*(\w+)(?:\s+(asc|desc))?\s*", re.IGNORECASE)
_SORTED_BY: Final = ("name", "created_time", "last_update_time")


def search_datasets(
    experiment_ids: str | Sequence[str] | None = None,
    filter_string: str | None = None,
    max_results: int | None = None,
    order_by: str | Sequence[str] | None = None,
) -> list[EvaluationDataset]:
    """Return the datasets that fit, in their newest versions, by default the newest dataset first.

    Args:
        experiment_ids: Only datasets of these experiments, by name.
        filter_string: Conditions in the manner of SQL's `WHERE` on `name`, `created_time`, `last_update_time`,
            `version` and `tags.…`.
        max_results: At most so many; all by default.
        order_by: `name`, `created_time` or `last_update_time`, each followed by `ASC`, `DESC` or nothing.

    Raises:
        FilterError: If the filter or the order can't be understood; it says where and why.
        StoreError: If the store can't be read.
        ValueError: If `max_results` is not positive.

    Example:
        >>> search_datasets(filter_string="name LIKE 'support-%' AND tags.stage = 'reviewed'")
    """
    if max_results is not None and max_results < 1:
        raise ValueError(f"max_results must be at least 1, got {max_results}")
    items = order_by.split(",") if isinstance(order_by, str) else list(order_by or ())
    newest = (DATASETS.c.created_time.desc(), DATASETS.c.dataset_id)
    asked = select(DATASETS.c.dataset_id).order_by(*map(_order, items), *newest).limit(max_results)
    if experiment_ids is not None:
        names = [experiment_ids] if isinstance(experiment_ids, str) else list(experiment_ids)
        belong = select(EXPERIMENTS.c.dataset_id).where(EXPERIMENTS.c.experiment.in_(names))
        asked = asked.where(DATASETS.c.dataset_id.in_(belong))
    tree = parse_filter(filter_string, _COLUMNS) if filter_string else None
    with reading(SCHEMA) as connection:
        if tree is not None:
            asked = asked.where(_CONDITIONS.condition(tree, connection.dialect.name))
        found = connection.scalars(asked).all()
        return [EvaluationDataset(load_facts(connection, dataset_id)) for dataset_id in found]


def _order(item: str) -> UnaryExpression[Any]:
    found = _ITEM.fullmatch(item)
    if found is None or found[1] not in _SORTED_BY:
        raise FilterError(f"order_by: datasets can't be sorted by {item!r}; expected {', '.join(_SORTED_BY)}")
    column = DATASETS.c[found[1]]
    return column.desc() if (found[2] or "").upper() == "DESC" else column.asc()
