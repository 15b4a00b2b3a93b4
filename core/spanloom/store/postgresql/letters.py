"""Choosing a collation that knows the capitals of all alphabets; not every server has the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from psycopg import Connection

__all__ = ["letters_of"]

_PREFERRED: Final = ("und-x-icu", "pg_c_utf8", "C.UTF-8", "C.utf8", "en_US.utf8")


def letters_of(connection: Connection[dict[str, Any]]) -> str:
    """Return the name of the collation: the database's own if there is no better one."""
    query = "SELECT collname FROM pg_collation WHERE collname = ANY(%s) AND collencoding IN (-1, 6)"  # 6 is UTF-8
    known = {row["collname"] for row in connection.execute(query, [list(_PREFERRED)])}
    return next((name for name in _PREFERRED if name in known), "default")
