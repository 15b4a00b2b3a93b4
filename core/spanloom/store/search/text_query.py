"""What `text MATCH '…'` takes: words, "phrases", prefix*, OR, -word or NOT word. The spelling of web searches."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

__all__ = ["Term", "TextQuery", "parse_text_query"]

_TERM = re.compile(r'(?P<minus>-)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')
_SEARCHABLE = re.compile(r"[^\W_]")
"""A term of nothing but punctuation finds nothing: the index holds letters and digits."""

_OR: Final = "OR"
_NOT: Final = "NOT"


class Term(NamedTuple):
    """A word, or several in a row."""

    text: str
    prefix: bool = False


class TextQuery(NamedTuple):
    """One of each group must occur, in one span, and none of `absent`."""

    groups: tuple[tuple[Term, ...], ...]
    absent: tuple[Term, ...] = ()


def parse_text_query(text: str) -> TextQuery:
    """Read the query.

    Raises:
        ValueError: If there is no word that must or may occur.

    Example:
        >>> parse_text_query('weather "in paris" OR london -tomorrow').groups[1]
        (Term(text='in paris', prefix=False), Term(text='london', prefix=False))
    """
    groups: list[tuple[Term, ...]] = []
    absent: list[Term] = []
    joins = negates = False
    for found in _TERM.finditer(text):
        if found["word"] == _NOT and not found["minus"]:
            negates = True
            continue
        if found["word"] in {_OR, "AND"} and not found["minus"]:
            joins = found["word"] == _OR and bool(groups)
            continue
        term = _term(found)
        if not _SEARCHABLE.search(term.text):
            continue
        if found["minus"] or negates:
            absent.append(term)
        elif joins:
            groups[-1] = (*groups[-1], term)
        else:
            groups.append((term,))
        joins = negates = False
    if not groups:
        raise ValueError("expected at least one word that must occur, e.g. 'weather \"in paris\" -tomorrow'")
    return TextQuery(tuple(groups), tuple(absent))


def _term(found: re.Match[str]) -> Term:
    if found["phrase"] is not None:
        return Term(found["phrase"])
    word = found["word"]
    return Term(word.rstrip("*"), prefix=word.endswith("*"))
