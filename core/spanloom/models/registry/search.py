"""`search_registered_models`, `search_model_versions` and `search_logged_models`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, select

from spanloom.models.registry.entities import LoggedModel, ModelVersion, RegisteredModel
from spanloom.models.registry.rows import load_kept, load_models, load_versions
from spanloom.models.registry.tables import ALIASES, KEPT_MODELS, MODELS, SCHEMA, TAGS, VERSION_TAGS, VERSIONS
from spanloom.store.records import reading
from spanloom.store.search import Column, ColumnType, parse_filter
from spanloom.store.search.columns import Columns
from spanloom.store.search.table_conditions import TableConditions
from spanloom.store.search.table_orders import table_orders

__all__ = ["search_logged_models", "search_model_versions", "search_registered_models"]

_MOST_RESULTS: Final = 10_000
_DOCUMENTATION: Final = "docs/registry.md"

_NAME = Column("name", ColumnType.TEXT, "the name of the registered model", ("attributes.name",))
_DESCRIPTION = Column("description", ColumnType.TEXT, "what people say about it")
_CREATED = Column(
    "creation_timestamp",
    ColumnType.TIME,
    "when it was made: an ISO 8601 text, or milliseconds since 1970",
    ("created", "creation_time"),
)
_UPDATED = Column(
    "last_updated_timestamp", ColumnType.TIME, "when something about it changed, likewise", ("last_updated",)
)
_TAGS = Column("tags", ColumnType.TEXT, "the value of a tag", ("tag",), keyed=True)

_KEPT_COLUMNS: Final = Columns(
    (
        Column("name", ColumnType.TEXT, "what it was logged as", ("attributes.name",)),
        Column("model_id", ColumnType.TEXT, "`m-` and 32 hex digits"),
        Column("source_run_id", ColumnType.TEXT, "the run it was logged to", ("run_id",)),
        Column("digest", ColumnType.TEXT, "the digest of all its files"),
        _CREATED,
    ),
    example="source_run_id = '…'",
    documentation=_DOCUMENTATION,
)
_MODEL_COLUMNS: Final = Columns(
    (
        _NAME,
        _DESCRIPTION,
        _CREATED,
        _UPDATED,
        _TAGS,
        Column("aliases", ColumnType.NUMBER, "the version that an alias means", ("alias",), keyed=True),
    ),
    example="tags.team = 'search'",
    documentation=_DOCUMENTATION,
)
_VERSION_COLUMNS: Final = Columns(
    (
        _NAME,
        Column("version", ColumnType.NUMBER, "its number", ("version_number",)),
        Column("model_id", ColumnType.TEXT, "the id of its model, `m-` and 32 hex digits"),
        Column("run_id", ColumnType.TEXT, "the run that its model was logged to", ("source_run_id",)),
        Column("source", ColumnType.TEXT, "the URI or path that was registered", ("source_path",)),
        Column("current_stage", ColumnType.TEXT, "`None`, `Staging`, `Production` or `Archived`", ("stage",)),
        Column("user_id", ColumnType.TEXT, "who registered it", ("user",)),
        _DESCRIPTION,
        _CREATED,
        _UPDATED,
        _TAGS,
    ),
    example="name = 'weather-agent'",
    documentation=_DOCUMENTATION,
)


class _Searched(NamedTuple):
    """What is searched."""

    what: str
    ids: Select[tuple[str]]
    order: tuple[ColumnElement[Any], ...]
    columns: Columns
    conditions: TableConditions


_MODELS: Final = _Searched(
    "models",
    select(MODELS.c.name),
    (MODELS.c.name,),
    _MODEL_COLUMNS,
    TableConditions(MODELS, "name", {"tags": TAGS, "aliases": ALIASES}),
)
_VERSIONS: Final = _Searched(
    "versions",
    select(VERSIONS.c.version_id),
    (VERSIONS.c.name, VERSIONS.c.version.desc()),
    _VERSION_COLUMNS,
    TableConditions(VERSIONS, "version_id", {"tags": VERSION_TAGS}),
)
_KEPT: Final = _Searched(
    "logged models",
    select(KEPT_MODELS.c.model_id).where(KEPT_MODELS.c.name.is_not(None)),  # copies are no one's
    (KEPT_MODELS.c.creation_timestamp.desc(), KEPT_MODELS.c.model_id),
    _KEPT_COLUMNS,
    TableConditions(KEPT_MODELS, "model_id", {}),
)


def search_registered_models(
    max_results: int | None = None,
    filter_string: str | None = None,
    order_by: str | Sequence[str] | None = None,
) -> list[RegisteredModel]:
    """Return the registered models that fit, by name.

    Args:
        max_results: At most so many; 10,000 by default.
        filter_string: Conditions in the manner of SQL's `WHERE` on `name`, `description`, `creation_timestamp`,
            `last_updated_timestamp`, `tags.…` and `aliases.…`; all by default.
        order_by: Columns to sort by first, each followed by `ASC`, `DESC` or nothing.

    Raises:
        FilterError: If the filter or the order can't be understood; it says where and why.
        StoreError: If the store can't be read.
        ValueError: If `max_results` is not positive.

    Example:
        >>> spanloom.search_registered_models(filter_string="tags.team = 'search' AND aliases.champion IS NOT NULL")
    """
    with reading(SCHEMA) as connection:
        return load_models(connection, _find(connection, _MODELS, max_results, filter_string, order_by))


def search_model_versions(
    max_results: int | None = None,
    filter_string: str | None = None,
    order_by: str | Sequence[str] | None = None,
) -> list[ModelVersion]:
    """Return the versions that fit, by name, the newest of each first.

    Args:
        max_results: At most so many; 10,000 by default.
        filter_string: Conditions on `name`, `version`, `model_id`, `run_id`, `source`, `current_stage`, `user_id`,
            `description`, `creation_timestamp`, `last_updated_timestamp` and `tags.…`; all by default.
        order_by: Columns to sort by first, each followed by `ASC`, `DESC` or nothing.

    Raises:
        FilterError: If the filter or the order can't be understood; it says where and why.
        StoreError: If the store can't be read.
        ValueError: If `max_results` is not positive.

    Example:
        >>> spanloom.search_model_versions(filter_string="name = 'weather-agent' AND current_stage = 'Production'")
    """
    with reading(SCHEMA) as connection:
        return load_versions(connection, _find(connection, _VERSIONS, max_results, filter_string, order_by))


def search_logged_models(
    filter_string: str | None = None,
    max_results: int | None = None,
    order_by: str | Sequence[str] | None = None,
) -> list[LoggedModel]:
    """Return the models that were logged and fit, the newest first.

    Args:
        filter_string: Conditions on `name`, `model_id`, `source_run_id`, `digest` and `creation_timestamp`; all by
            default.
        max_results: At most so many; 10,000 by default.
        order_by: Columns to sort by first, each followed by `ASC`, `DESC` or nothing.

    Raises:
        FilterError: If the filter or the order can't be understood; it says where and why.
        StoreError: If the store can't be read.
        ValueError: If `max_results` is not positive.

    Example:
        >>> spanloom.models.search_logged_models(f"source_run_id = '{run.info.run_id}'")
    """
    with reading(SCHEMA) as connection:
        ids = _find(connection, _KEPT, max_results, filter_string, order_by)
        found = {model.model_id: model for model in load_kept(connection, KEPT_MODELS.c.model_id.in_(ids))}
    return [found[model_id] for model_id in ids]


def _find(
    connection: Connection,
    searched: _Searched,
    max_results: int | None,
    filter_string: str | None,
    order_by: str | Sequence[str] | None,
) -> list[str]:
    if max_results is not None and not isinstance(max_results, int):
        raise TypeError(
            f"max_results: expected a whole number, got {max_results!r:.100}; a filter goes by name, filter_string=…"
        )
    if max_results is not None and max_results < 1:
        raise ValueError(f"max_results must be at least 1, got {max_results}")
    columns, conditions = searched.columns, searched.conditions
    orders = table_orders(order_by, columns, conditions.value_of, searched.what, "creation_timestamp DESC")
    asked = searched.ids.order_by(*orders, *searched.order)
    if filter_string:
        asked = asked.where(conditions.condition(parse_filter(filter_string, columns), connection.dialect.name))
    return list(connection.scalars(asked.limit(max_results or _MOST_RESULTS)))
