"""Durations, numbers, times and texts as people read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from spanloom.tracing.usage import TokenUsage

__all__ = ["dollars", "duration", "elapsed", "local_time", "one_line", "printable", "tokens", "tokens_in_full"]

_SECOND_MS = 1000.0
_MINUTE_MS = 60 * _SECOND_MS
_SHORT_MS = 10.0

# Everything that moves the cursor or changes the terminal: C0 and C1 controls but tab and newline, and bidi overrides.
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def printable(text: str) -> str:
    """Return the text without anything that a terminal would obey."""
    return _CONTROL.sub("\ufffd", text.replace("\r\n", "\n"))


def one_line(text: str, limit: int = 1000) -> str:
    """Return the text on one line of at most `limit` characters."""
    line = " ".join(printable(text[: 4 * limit]).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def duration(milliseconds: float) -> str:
    """Return a duration with the precision that matters: `0.4 ms`, `812 ms`, `1.24 s`, `2 min 03 s`.

    Traces are kept in whole milliseconds, of which no digit is made up: `3 ms`, `<1 ms`.
    """
    if milliseconds == 0:
        return "<1 ms"
    if milliseconds < _SHORT_MS and milliseconds % 1:
        return f"{milliseconds:.1f} ms"
    if milliseconds < _SECOND_MS:
        return f"{milliseconds:.0f} ms"
    if milliseconds < _MINUTE_MS:
        return f"{milliseconds / _SECOND_MS:.2f} s"
    minutes, rest = divmod(milliseconds / _SECOND_MS, 60)
    return f"{minutes:.0f} min {rest:02.0f} s"


def tokens(usage: TokenUsage | None) -> str:
    """Return input and output tokens: `412 → 96`; nothing where nobody reported any."""
    if usage is None:
        return ""
    if usage.input_tokens is None and usage.output_tokens is None:
        return f"{usage.total:,}"
    return f"{usage.input_tokens or 0:,} → {usage.output_tokens or 0:,}"


def tokens_in_full(usage: TokenUsage) -> str:
    """Return all that is known of both sides: `412 (64 cached) → 96 (12 reasoning)`."""
    cached = _parts((usage.cache_read_input_tokens, "cached"), (usage.cache_creation_input_tokens, "newly cached"))
    reasoning = _parts((usage.reasoning_output_tokens, "reasoning"))
    if usage.input_tokens is None and usage.output_tokens is None:
        return f"{usage.total:,}"
    return f"{usage.input_tokens or 0:,}{cached} → {usage.output_tokens or 0:,}{reasoning}"


def _parts(*numbers: tuple[int | None, str]) -> str:
    known = ", ".join(f"{number:,} {what}" for number, what in numbers if number)
    return f" ({known})" if known else ""


def local_time(unix_ms: int) -> datetime:
    """Return a point in time in the local time zone."""
    return datetime.fromtimestamp(unix_ms / _SECOND_MS, UTC).astimezone()


def elapsed(unix_ms: int) -> str:
    """Return how long ago that was: `just now`, `5 min ago`, `3 h ago`, `12 d ago`."""
    seconds = (datetime.now(UTC) - local_time(unix_ms)).total_seconds()
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size:.0f} {unit} ago"
    return "just now"


def dollars(cost: float) -> str:
    """Return a cost: `$1.23`, `$0.000405`; what is below a millionth is rounded up to it."""
    if cost >= 1:
        return f"${cost:,.2f}"
    return "$0" if cost == 0 else "$" + f"{max(cost, 1e-6):.6f}".rstrip("0")
