"""Attributes of spans as words of an index: one word per key and value, so that a value is found by looking it up.

Different values may share a word, since it is short: whoever finds one looks at the span, too.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping

import orjson

__all__ = ["json_forms", "word_of", "words_of", "words_of_text"]

_LONGEST = 1000
"""Bytes: of a longer value, only the beginning makes the word."""


def words_of(attributes: Mapping[str, bytes]) -> str:
    """Return the words of a span's attributes, given as JSON texts."""
    return " ".join([word_of(key, value) for key, value in attributes.items()])


def words_of_text(attributes: str | None) -> str:
    """Return the words of a span's attributes, given as the JSON text that the store holds."""
    if attributes is None:
        return ""
    return words_of({key: orjson.dumps(value) for key, value in orjson.loads(attributes).items()})


def word_of(key: str, value: bytes) -> str:
    """Return the word of one attribute, its value given as JSON text."""
    if b"\\" in value:  # there are several ways to write the same text
        value = orjson.dumps(orjson.loads(value))
    return f"{zlib.crc32(value[:_LONGEST], zlib.crc32(key.encode('utf-8', 'replace'))):08x}"


def json_forms(value: str | float | bool) -> list[bytes]:
    """Return the JSON texts of everything that equals this value in a search, and perhaps of more.

    Example:
        >>> json_forms("5"), json_forms(5)
        ([b'"5"', b'5', b'5.0'], [b'5', b'5.0'])
    """
    if isinstance(value, bool):
        return [b"true" if value else b"false"]
    if isinstance(value, str):
        return list(dict.fromkeys([orjson.dumps(value), value.encode(), *_number_forms(value)]))
    return _number_forms(value)


def _number_forms(value: str | float) -> list[bytes]:
    forms: Iterable[int | float] = ()
    try:
        number = float(value)
        whole = int(value) if not isinstance(value, float) else int(number)
        # A large whole number is not what `float` makes of it.
        forms = (whole, number) if whole == number or not isinstance(value, float) else (number,)
    except (ValueError, OverflowError):
        try:
            forms = (float(value),)
        except (ValueError, OverflowError):
            return []
    return [orjson.dumps(form) for form in forms if not isinstance(form, int) or abs(form) < 2**63]
