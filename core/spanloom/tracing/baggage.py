"""W3C Baggage: facts that travel with a request from service to service (https://www.w3.org/TR/baggage/)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple
from urllib.parse import quote, unquote

__all__ = ["MAX_BYTES", "MAX_MEMBERS", "SESSION_ID", "USER_ID", "BaggageMember", "format_baggage", "parse_baggage"]

SESSION_ID: Final = "session.id"
USER_ID: Final = "user.id"
"""OpenTelemetry's names of the session and the user."""

MAX_MEMBERS: Final = 64
MAX_BYTES: Final = 8192
"""What every service has to pass on; what goes beyond is left out, whole members at a time."""

_TOKEN = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # noqa: S105 - a grammar's word
_VALUE = r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*"
_PAIR = re.compile(rf"({_TOKEN})[ \t]*=[ \t]*({_VALUE})")
_PROPERTY = re.compile(rf"{_TOKEN}(?:[ \t]*=[ \t]*{_VALUE})?")
_UNESCAPED = "!#$&'()*+-./:<=>?@[]^_`{|}~"


class BaggageMember(NamedTuple):
    """One fact.

    Attributes:
        key: A token of visible ASCII characters.
        value: The text, decoded.
        text: The member as it stands in the header, with its properties.
    """

    key: str
    value: str
    text: str

    @classmethod
    def of(cls, key: str, value: str) -> BaggageMember:
        """Make a member without properties."""
        return cls(key, value, f"{key}={quote(value, safe=_UNESCAPED, errors='replace')}")


def parse_baggage(headers: Iterable[str]) -> tuple[BaggageMember, ...]:
    """Return the members of all `baggage` headers of a request; those that are malformed are ignored.

    Example:
        >>> parse_baggage(["user.id=ada%20l;p=1, session.id=42"])[0].value
        'ada l'
    """
    members = (_parse_member(part) for header in headers for part in header.split(","))
    return tuple(_within_limits(member for member in members if member is not None))


def format_baggage(members: Sequence[BaggageMember]) -> str:
    """Return the header that says these members, as far as the standard's limits allow."""
    return ",".join(member.text for member in _within_limits(members))


def _parse_member(text: str) -> BaggageMember | None:
    pair, *properties = (part.strip(" \t") for part in text.split(";"))
    match = _PAIR.fullmatch(pair)
    if match is None or not all(map(_PROPERTY.fullmatch, properties)):
        return None
    return BaggageMember(match[1], unquote(match[2]), text.strip(" \t"))


def _within_limits(members: Iterable[BaggageMember]) -> list[BaggageMember]:
    kept: list[BaggageMember] = []
    size = -1  # the first member has no comma before it
    for member in members:
        if len(kept) == MAX_MEMBERS:
            break
        if size + 1 + len(member.text) <= MAX_BYTES:
            kept.append(member)
            size += 1 + len(member.text)
    return kept
