"""Reasoning that comes within the text, as AutoGen's model clients stream it: `<think>…</think>` in front."""

from __future__ import annotations

__all__ = ["ThinkTags"]

_OPEN, _CLOSE = "<think>", "</think>"


class ThinkTags:
    """Tells the reasoning at the beginning of a streamed text from the text; tags may come in pieces.

    Example:
        >>> tags = ThinkTags()
        >>> tags.split("<think>Hm."), tags.split("</thi"), tags.split("nk>Yes.")
        (('Hm.', ''), ('', ''), ('', 'Yes.'))
    """

    __slots__ = ("_held", "_tag")

    def __init__(self) -> None:
        self._tag: str | None = _OPEN
        self._held = ""

    def split(self, chunk: str) -> tuple[str, str]:
        """Return what the chunk adds to the reasoning and to the text."""
        if self._tag is None:
            return "", chunk
        held = self._held + chunk
        if self._tag == _OPEN:
            if _OPEN.startswith(held):
                self._held = held
                return "", ""
            if not held.startswith(_OPEN):
                self._tag, self._held = None, ""
                return "", held
            self._tag, held = _CLOSE, held.removeprefix(_OPEN)
        reasoning, close, text = held.partition(_CLOSE)
        if close:
            self._tag, self._held = None, ""
            return reasoning, text
        kept = next((size for size in range(len(_CLOSE) - 1, 0, -1) if held.endswith(_CLOSE[:size])), 0)
        self._held = held[len(held) - kept :]
        return held[: len(held) - kept], ""

    def finish(self) -> tuple[str, str]:
        """Return what was held back because it could have become a tag."""
        held, self._held = self._held, ""
        return (held, "") if self._tag == _CLOSE else ("", held)
