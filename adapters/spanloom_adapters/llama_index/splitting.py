"""The text that models write for LlamaIndex's own parsers, split into what is meant for people and what is not.

`ReActAgent` makes its model write `Thought: … Action: … Action Input: …` and at last `Thought: … Answer: …`;
`CodeActAgent`, code between `<execute>` and `</execute>`. Only what can't be part of such a mark is let through.
"""

from __future__ import annotations

from typing import Literal, Protocol

__all__ = ["CodeActSplitter", "GuessingSplitter", "Piece", "PlainSplitter", "ReActSplitter", "Splitter"]

Piece = tuple[Literal["text", "reasoning"], str]


class Splitter(Protocol):
    """Takes the text of one model turn as it comes."""

    def add(self, delta: str) -> list[Piece]:
        """Take more text, and return what is certain by now."""

    def finish(self) -> list[Piece]:
        """Return the rest."""


class PlainSplitter:
    """Lets everything through."""

    def add(self, delta: str) -> list[Piece]:
        """Return the text."""
        return [("text", delta)] if delta else []

    def finish(self) -> list[Piece]:
        """Return nothing."""
        return []


class _Marks:
    """Finds marks in text that comes in pieces; what could be the beginning of one, and blanks before it, wait."""

    def __init__(self) -> None:
        self._waiting = ""
        self._begun = False

    def take(self, delta: str, marks: tuple[str, ...]) -> tuple[str, str | None]:
        """Return the text before the first mark, and that mark; or what is certain of the text."""
        self._waiting += delta
        found = [(place, mark) for mark in marks if (place := self._waiting.find(mark)) >= 0]
        if found:
            place, mark = min(found)
            text, self._waiting = self._waiting[:place], self._waiting[place + len(mark) :]
            text = self._without_margin(text.rstrip())
            self._begun = False
            return text, mark
        keep = len(self._waiting.rstrip())
        for length in range(1, max(map(len, marks), default=0)):
            if any(mark.startswith(self._waiting[-length:]) for mark in marks):
                keep = min(keep, len(self._waiting[:-length].rstrip()))
        text, self._waiting = self._waiting[:keep], self._waiting[keep:]
        return self._without_margin(text), None

    def rest(self) -> str:
        """Return what waits; blanks at the end are nothing."""
        text, self._waiting = self._waiting.rstrip(), ""
        return self._without_margin(text)

    def _without_margin(self, text: str) -> str:
        if not self._begun:
            text = text.lstrip()
            self._begun = bool(text)
        return text


class ReActSplitter:
    """The answer is text, the thought is reasoning; the action is left out, since it is a call."""

    _THOUGHT, _ACTION, _ANSWER = "Thought:", "Action:", "Answer:"

    def __init__(self) -> None:
        self._marks = _Marks()
        self._state = ""

    def add(self, delta: str) -> list[Piece]:
        """Return the thought or answer as far as it has come."""
        pieces: list[Piece] = []
        mark: str | None = ""
        while mark is not None and self._state != self._ACTION:
            text, mark = self._marks.take(delta, self._next_marks())
            pieces += self._piece(text)
            self._state = mark or self._state
            delta = ""
        return pieces

    def finish(self) -> list[Piece]:
        """Return the end of the thought or answer."""
        return [] if self._state == self._ACTION else self._piece(self._marks.rest())

    def _next_marks(self) -> tuple[str, ...]:
        # As LlamaIndex's parser: what follows the first answer is all answer.
        if self._state == self._ANSWER:
            return ()
        return (self._ACTION, self._ANSWER) if self._state else (self._THOUGHT, self._ACTION, self._ANSWER)

    def _piece(self, text: str) -> list[Piece]:
        if not text:
            return []
        return [("reasoning" if self._state == self._THOUGHT else "text", text)]


class GuessingSplitter:
    """For an agent of unknown kind: text that begins with a thought is a ReAct agent's."""

    _THOUGHT = "Thought:"

    def __init__(self) -> None:
        self._start = ""
        self._chosen: Splitter | None = None

    def add(self, delta: str) -> list[Piece]:
        """Return what the splitter that fits returns, once that is known."""
        if self._chosen is None:
            self._start += delta
            begins = self._start.lstrip()
            if self._THOUGHT.startswith(begins):
                return []
            self._chosen = ReActSplitter() if begins.startswith(self._THOUGHT) else PlainSplitter()
            delta = self._start
        return self._chosen.add(delta)

    def finish(self) -> list[Piece]:
        """Return the rest."""
        if self._chosen is not None:
            return self._chosen.finish()
        return PlainSplitter().add(self._start)


class CodeActSplitter:
    """Code is left out, since it is the argument of a call."""

    _BEGIN, _END = "<execute>", "</execute>"

    def __init__(self) -> None:
        self._marks = _Marks()
        self._in_code = False
        self._between = ""

    def add(self, delta: str) -> list[Piece]:
        """Return the text around the code."""
        pieces: list[Piece] = []
        mark: str | None = ""
        while mark is not None:
            text, mark = self._marks.take(delta, (self._END if self._in_code else self._BEGIN,))
            pieces += self._piece(text)
            if mark is not None:
                self._in_code = not self._in_code
                self._between = "\n\n"
            delta = ""
        return pieces

    def finish(self) -> list[Piece]:
        """Return the end of the text."""
        return self._piece(self._marks.rest())

    def _piece(self, text: str) -> list[Piece]:
        if not text or self._in_code:
            return []
        between, self._between = self._between, ""
        return [("text", between + text)]
