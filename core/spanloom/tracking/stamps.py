"""When something was done, and by whom."""

from __future__ import annotations

import getpass
import os
import time

__all__ = ["now_ms", "user_name"]


def now_ms() -> int:
    """Return the time as it is stored: Unix milliseconds."""
    return time.time_ns() // 1_000_000


def user_name() -> str:
    """Return who runs this process."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container without a name for its user
        return str(os.getuid())
