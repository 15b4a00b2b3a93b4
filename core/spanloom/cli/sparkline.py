"""Small charts of one line."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["bar", "sparkline"]

_LEVELS = "▁▂▃▄▅▆▇█"
_EIGHTHS = " ▏▎▍▌▋▊▉"


def sparkline(values: Sequence[float | None]) -> str:
    """Return one character per value, the highest eight times as high as the lowest; a gap for nothing.

    Example:
        >>> sparkline([1, 0, None, 4, 8])
        '▂  ▅█'
    """
    highest = max((value for value in values if value), default=1)
    top = len(_LEVELS) - 1
    return "".join(_LEVELS[min(top, int(value / highest * len(_LEVELS)))] if value else " " for value in values)


def bar(share: float, width: int) -> str:
    """Return a bar of that share of the width, which is told to an eighth of a character.

    Example:
        >>> bar(0.5, 5)
        '██▌'
    """
    whole, eighths = divmod(round(max(0.0, min(1.0, share)) * width * 8), 8)
    return "█" * whole + _EIGHTHS[eighths].strip()
