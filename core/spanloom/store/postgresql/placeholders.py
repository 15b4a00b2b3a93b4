"""The statements' question marks and `:names`, as psycopg writes them."""

from __future__ import annotations

import re
from functools import lru_cache

__all__ = ["placeholders"]

_PARAMETER = re.compile(r"\?|(?<!:):([a-z_]+)")


@lru_cache(maxsize=512)
def placeholders(statement: str) -> str:
    """Return the statement for psycopg; it holds constants only, hence no question mark inside a text.

    Example:
        >>> placeholders("SELECT :name, x::text WHERE y = ?")
        'SELECT %(name)s, x::text WHERE y = %s'
    """
    doubled = statement.replace("%", "%%")
    return _PARAMETER.sub(lambda found: f"%({found[1]})s" if found[1] else "%s", doubled)
