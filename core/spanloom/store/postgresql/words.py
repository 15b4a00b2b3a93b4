"""Texts as words for PostgreSQL's index, and searches for them: letters and digits, without capitals and accents.

So both engines find the same, whatever the locale of the database.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from spanloom.store.search.text_query import Term, TextQuery

__all__ = ["text_query", "words"]

_MOST: Final = 240_000
"""Characters of the inputs, and of the outputs, that are indexed: PostgreSQL refuses more than 1 MB of words."""

_ESCAPES = re.compile(r"\\(?:[nrt\\]|u[0-9a-f]{4})")
_SEPARATORS = re.compile(r"[\W_]+")
_TABLE: Final = bytes(
    byte if byte > ord("~") or chr(byte).isalnum() else ord(" ") for byte in bytes(range(256)).lower()
)  # of UTF-8: the bytes of other letters stay as they are


def words(*texts: str | None) -> str:
    """Return the words of JSON texts, with blanks between them."""
    return " ".join([_of(text[:_MOST]) for text in texts if text is not None])


def _of(text: str) -> str:
    if "\\" in text:
        text = _ESCAPES.sub(" ", text)
    if text.isascii():
        return text.encode().translate(_TABLE).decode()
    plain = unicodedata.normalize("NFKD", text).lower()
    return _SEPARATORS.sub(" ", "".join([letter for letter in plain if not unicodedata.combining(letter)]))


def text_query(query: TextQuery) -> str:
    """Return the query in the language of `to_tsquery`."""
    groups = [
        " | ".join(found) for group in query.groups if (found := [_term(term) for term in group if _tokens(term)])
    ]
    absent = [f"!({_term(term)})" for term in query.absent if _tokens(term)]
    return " & ".join([*(f"({group})" for group in groups), *absent])


def _term(term: Term) -> str:
    phrase = " <-> ".join(_tokens(term))
    return f"({phrase}{':*' if term.prefix else ''})"


def _tokens(term: Term) -> list[str]:
    return _of(term.text).split()
