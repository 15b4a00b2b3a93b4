"""Errors that point: the filter, a caret under the place, and what was expected."""

from __future__ import annotations

from spanloom.errors import FilterError

__all__ = ["mistake"]

_WIDTH = 100
_LEAD = 60
"""Of a long line, so many characters before the place are shown."""


def mistake(text: str, start: int, length: int, message: str) -> FilterError:
    """Return an error with the line of `text` that holds the place, and carets under it."""
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", start)
    line = text[line_start : line_end if line_end >= 0 else len(text)].replace("\t", " ").replace("\r", " ")
    column = start - line_start
    where = f"at character {start + 1}"
    cut = max(0, column - _LEAD) if len(line) > _WIDTH else 0
    shown, column = line[cut : cut + _WIDTH], column - cut
    carets = "^" * max(1, min(length, len(shown) - column))
    return FilterError(f"filter: {message} ({where})\n  {shown}\n  {' ' * column}{carets}", position=start)
