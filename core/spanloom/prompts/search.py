"""`spanloom.search_prompts`."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from spanloom.prompts.names import checked_name
from spanloom.prompts.prompt import PromptList
from spanloom.prompts.rows import load_prompts
from spanloom.prompts.tables import ALIASES, PROMPTS, SCHEMA, TAGS
from spanloom.store.records import reading
from spanloom.store.search import Column, ColumnType, parse_filter
from spanloom.store.search.columns import Columns
from spanloom.store.search.table_conditions import TableConditions

__all__ = ["PROMPT_COLUMNS", "search_prompts"]

_MOST_RESULTS: Final = 10_000

PROMPT_COLUMNS: Final = Columns(
    (
        Column("name", ColumnType.TEXT, "its name", ("prompt.name", "attributes.name")),
        Column(
            "creation_timestamp",
            ColumnType.TIME,
            "when its first version was registered: an ISO 8601 text, or milliseconds since 1970",
            ("created", "creation_time"),
        ),
        Column("tags", ColumnType.TEXT, "the value of a tag", ("tag",), keyed=True),
        Column("aliases", ColumnType.NUMBER, "the version that an alias means", ("alias",), keyed=True),
    ),
    example="tags.team = 'support'",
    documentation="docs/prompts.md",
)
_CONDITIONS: Final = TableConditions(PROMPTS, "name", {"tags": TAGS, "aliases": ALIASES})


def search_prompts(
    filter_string: str | None = None, max_results: int | None = None, *, page_token: str | None = None
) -> PromptList:
    """Return the prompts that fit, by name.

    Args:
        filter_string: Conditions in the manner of SQL's `WHERE` on `name`, `creation_timestamp`, `tags.…` and
            `aliases.…`; all prompts by default.
        max_results: At most so many; 10,000 by default.
        page_token: The `token` of the previous result, to see what follows.

    Returns:
        The prompts; the attribute `token` is `None` where nothing follows.

    Raises:
        FilterError: If the filter can't be understood; it says where and why.
        StoreError: If the store can't be read.
        ValueError: If `max_results` is not positive.

    Example:
        >>> spanloom.search_prompts("name LIKE 'support-%' AND aliases.production IS NOT NULL")
    """
    limit = _MOST_RESULTS if max_results is None else max_results
    if limit < 1:
        raise ValueError(f"max_results must be at least 1, got {limit}")
    asked = select(PROMPTS.c.name).order_by(PROMPTS.c.name).limit(limit + 1)
    if page_token is not None:
        asked = asked.where(PROMPTS.c.name > checked_name(page_token))
    tree = parse_filter(filter_string, PROMPT_COLUMNS) if filter_string else None
    with reading(SCHEMA) as connection:
        if tree is not None:
            asked = asked.where(_CONDITIONS.condition(tree, connection.dialect.name))
        names = list(connection.scalars(asked))
        found = PromptList(load_prompts(connection, names[:limit]))
    if len(names) > limit:
        found.token = names[limit - 1]
    return found
