"""Texts on their way to PostgreSQL, which has no character NUL and no halves of characters."""

from __future__ import annotations

from psycopg.types.string import StrDumperUnknown

__all__ = ["TextDumper"]

_REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class TextDumper(StrDumperUnknown):
    """Puts U+FFFD where PostgreSQL has no character; inside JSON texts both are escaped, and stay."""

    def dump(self, obj: str) -> bytes:
        """Return the text in UTF-8."""
        try:
            text = obj.encode()
        except UnicodeEncodeError:
            text = obj.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()
        return text.replace(b"\0", _REPLACEMENT.encode()) if b"\0" in text else text
