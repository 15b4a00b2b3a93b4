"""The fields of an answer while a model writes it, in the forms in which DSPy's adapters ask for them."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from functools import lru_cache
from html import unescape
from typing import Any, Protocol

import dspy  # type: ignore[import-untyped]

from spanloom_adapters.dspy.json_strings import JsonStrings

__all__ = ["FieldReader", "JsonFields", "Trimmed", "reader_for"]

Pieces = list[tuple[str, str]]
"""Pieces of text, each with the name of its field."""


class FieldReader(Protocol):
    """Reads an answer."""

    def feed(self, text: str) -> Pieces:
        """Take the next piece of the answer; return what it adds to the fields."""


def reader_for(adapter: Any) -> FieldReader | None:
    """Return a reader for what a DSPy adapter takes apart; `None` if it has a way of its own."""
    make = _reader_class(type(adapter))  # type: ignore[arg-type] # mypy does not take a class for hashable
    return make() if make is not None else None


@lru_cache(maxsize=64)
def _reader_class(kind: type) -> Callable[[], FieldReader] | None:
    # By the method that takes an answer apart: a subclass may have another. DSPy wraps it for each class.
    parse = inspect.unwrap(kind.parse)  # type: ignore[attr-defined] # every adapter has it
    readers: tuple[tuple[Any, Callable[[], FieldReader]], ...] = (
        (dspy.ChatAdapter, MarkedFields),
        (dspy.JSONAdapter, JsonFields),
        (dspy.XMLAdapter, XmlFields),
    )
    return next((reader for adapter, reader in readers if inspect.unwrap(adapter.parse) is parse), None)


class Trimmed:
    """A text that comes in pieces, without the white space around it."""

    def __init__(self) -> None:
        self._begun = False
        self._space = ""

    def add(self, text: str) -> str:
        """Take a piece; return what is sure to belong to the text."""
        if not self._begun:
            text = text.lstrip()
            self._begun = bool(text)
        kept = text.rstrip()
        if not kept:
            self._space += text
            return ""
        kept, self._space = self._space + kept, text[len(kept) :]
        return kept


class MarkedFields:
    """Fields that begin with `[[ ## name ## ]]` on a line of its own, as `dspy.ChatAdapter` wants them."""

    _header = re.compile(r"\[\[ ## (\w+) ## \]\]")
    _begun = re.compile(r"\[(\[( (#(#( )?)?)?)?)?|\[\[ ## \w+( (#(#( \]?)?)?)?)?|\s*")
    _lines = re.compile(r"[^\n]*\n|[^\n]+")

    def __init__(self) -> None:
        self._line = ""
        self._plain = False
        self._field: str | None = None
        self._seen: set[str] = set()
        self._text = Trimmed()

    def feed(self, text: str) -> Pieces:
        """Take the next piece."""
        found: Pieces = []
        for line in self._lines.findall(text):
            self._add(line, found)
            if line.endswith("\n"):
                self._line, self._plain = "", False
        return found

    def _add(self, text: str, found: Pieces) -> None:
        if not self._plain:
            self._line += text
            start = self._line.lstrip(" \t")
            header = self._header.match(start)
            if header is None and self._begun.fullmatch(start) and not start.endswith("\n"):
                return
            self._plain = True
            text = self._line
            if header is not None:
                self._begin(header.group(1))
                text = start[header.end() :]
        if self._field is not None:
            text = self._text.add(text)
            if text:
                found.append((self._field, text))

    def _begin(self, name: str) -> None:
        # What a model repeats does not count.
        self._field = None if name in self._seen else name
        self._seen.add(name)
        self._text = Trimmed()


class JsonFields:
    """Fields of a JSON object, as `dspy.JSONAdapter` wants them; only those that are strings."""

    def __init__(self) -> None:
        self._strings = JsonStrings()

    def feed(self, text: str) -> Pieces:
        """Take the next piece."""
        return [
            (str(piece.path[0]), piece.text)
            for piece in self._strings.feed(text)
            if len(piece.path) == 1 and piece.text
        ]


class XmlFields:
    """Fields in tags, as `dspy.XMLAdapter` wants them."""

    _tag = re.compile(r"<(\w+)>")

    def __init__(self) -> None:
        self._rest = ""
        self._field: str | None = None
        self._text = Trimmed()

    def feed(self, text: str) -> Pieces:
        """Take the next piece."""
        self._rest += text
        found: Pieces = []
        while self._step(found):
            pass
        return found

    def _step(self, found: Pieces) -> bool:
        if self._field is None:
            tag = self._tag.search(self._rest)
            if tag is None:
                return False
            self._field, self._text = tag.group(1), Trimmed()
            self._rest = self._rest[tag.end() :]
            return True
        end = re.search(rf"</{self._field}>", self._rest)
        sure = end.start() if end else self._surely(self._rest)
        text = self._text.add(unescape(self._rest[:sure]))
        if text:
            found.append((self._field, text))
        if end:
            self._field = None
            self._rest = self._rest[end.end() :]
            return True
        self._rest = self._rest[sure:]
        return False

    @staticmethod
    def _surely(text: str) -> int:
        """Return how much of it is text: a tag or an entity that has begun is left for the next time."""
        begun = [text.find("<"), text.rfind("&")]
        if ";" in text[begun[1] :]:
            begun.pop()
        return min((at for at in begun if at >= 0), default=len(text))
