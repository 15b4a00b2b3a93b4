"""Numbers of versions: from 1 for each name, and none twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table

from spanloom.store.records import insert_or

__all__ = ["take_number"]


def take_number(connection: Connection, table: Table, row: Mapping[str, Any], renewed: Sequence[str] = ()) -> int:
    """Take the next number of a name; other writers of it wait until the transaction is over.

    Args:
        connection: One that writes.
        table: Its primary key is `name`; the column `next_version` counts, so that a number is not used again after its
            version was deleted.
        row: The name, and what else its row says if it is not there yet.
        renewed: Columns that are set to what `row` says if it is there.

    Example:
        >>> version = take_number(connection, PROMPTS, {"name": "greet", "creation_timestamp": now_ms()})
    """
    given = insert_or(connection.dialect.name, table).values({**row, "next_version": 2})
    set_ = {"next_version": table.c.next_version + 1, **{column: given.excluded[column] for column in renewed}}
    taken = given.on_conflict_do_update(index_elements=["name"], set_=set_).returning(table.c.next_version)
    return int(connection.execute(taken).scalar_one()) - 1
