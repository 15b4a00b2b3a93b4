"""Ages and sizes as people write them: `30d`, `2GB`."""

from __future__ import annotations

import math
import re
from datetime import timedelta
from typing import Final

from spanloom.errors import SpanloomError

__all__ = ["parse_age", "parse_size"]

_AGE = re.compile(r"(\d{1,9})\s*([smhdw])")
_SIZE = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*([kmgt]?)(i?)b", re.IGNORECASE)
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LONGEST: Final = timedelta(days=365_000)
"""Further back there are no dates."""
_POWERS: Final = " kmgt"


def parse_age(text: str) -> timedelta:
    """Return an age.

    Raises:
        SpanloomError: If it is none.

    Example:
        >>> parse_age("30d")
        datetime.timedelta(days=30)
    """
    found = _AGE.fullmatch(text.strip())
    seconds = int(found[1]) * _SECONDS[found[2]] if found is not None else math.inf
    if seconds > _LONGEST.total_seconds():
        raise SpanloomError(f"{text!r} is no age; expected a number and s, m, h, d or w, e.g. 30d")
    return timedelta(seconds=seconds)


def parse_size(text: str) -> int:
    """Return a size in bytes: GB is 1000 MB, GiB is 1024 MiB.

    Raises:
        SpanloomError: If it is none.

    Example:
        >>> parse_size("2GB")
        2000000000
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise SpanloomError(f"{text!r} is no size; expected a number and B, KB, MB, GB or TB (or KiB …), e.g. 2GB")
    power = _POWERS.index(found[2].lower() or " ")
    return int(float(found[1]) * (1024 if found[3] else 1000) ** power)
