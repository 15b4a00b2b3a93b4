"""The strings in JSON that is still being written."""

from __future__ import annotations

import json
import re
from typing import NamedTuple

__all__ = ["JsonStrings", "Piece"]

Path = tuple[str | int, ...]

# Whole characters and escapes only: half an escape, or half a surrogate pair, waits for the rest.
_WHOLE = re.compile(
    r'(?:[^"\\]+'
    r"|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|\\u(?![dD][89abAB])[0-9a-fA-F]{4}"
    r"|\\[^u])*"
)
_LONGEST_ESCAPE = 12


class Piece(NamedTuple):
    """A piece of a string value; `last` tells that the string ended with it."""

    path: Path
    text: str
    last: bool


class JsonStrings:
    r"""Reads JSON piece by piece; what stands in front of it, such as a code fence, is skipped.

    Example:
        >>> strings = JsonStrings()
        >>> [*strings.feed('{"answer": "It is'), *strings.feed(' sunny.\\n"}')]
        [Piece(path=('answer',), text='It is', last=False), Piece(path=('answer',), text=' sunny.\n', last=True)]
    """

    def __init__(self) -> None:
        self._path: list[str | int | None] = []  # per container: the key or index, `None` in front of a key
        self._rest = ""
        self._string: Path | None = None
        self._key: str | None = None
        self._ended = False

    def feed(self, text: str) -> list[Piece]:
        """Take the next piece of the JSON."""
        found: list[Piece] = []
        text, self._rest = self._rest + text, ""
        position = 0
        while position < len(text) and not self._ended:
            if self._string is not None or self._key is not None:
                position = self._read_string(text, position, found)
            else:
                self._read_mark(text[position])
                position += 1
        return found

    def _read_string(self, text: str, position: int, found: list[Piece]) -> int:
        match = _WHOLE.match(text, position)
        assert match is not None
        value, position = _unescaped(match.group()), match.end()
        last = position < len(text) and text[position] == '"'
        if self._key is not None:
            self._key += value
            if last:
                self._path[-1], self._key = self._key, None
        elif value or last:
            assert self._string is not None
            found.append(Piece(self._string, value, last))
        if last:
            self._string = None
            return position + 1
        if len(text) - position > _LONGEST_ESCAPE:  # no JSON
            self._ended = True
        self._rest = text[position:]
        return len(text)

    def _read_mark(self, mark: str) -> None:
        if mark in "{[":
            self._path.append(None if mark == "{" else 0)
        elif not self._path:
            return
        elif mark in "}]":
            self._path.pop()
            self._ended = not self._path
        elif mark == ",":
            inner = self._path[-1]
            self._path[-1] = inner + 1 if isinstance(inner, int) else None
        elif mark == '"' and self._path[-1] is None:
            self._key = ""
        elif mark == '"':
            self._string = tuple(part for part in self._path if part is not None)


def _unescaped(text: str) -> str:
    return json.loads(f'"{text}"', strict=False) if "\\" in text else text
