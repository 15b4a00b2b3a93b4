"""Garbage collection that has happened when it returns."""

from __future__ import annotations

import gc
import time
import weakref

__all__ = ["collect_garbage"]


class _Circle:
    """Refers to itself, so only the collector frees it."""

    def __init__(self) -> None:
        self.itself = self


def collect_garbage() -> None:
    """Free everything that is garbage now, and run its finalizers.

    `gc.collect` alone returns at once, with nothing done, while another thread is collecting: a model server of the
    test that answers in a thread of its own is enough.
    """
    was_enabled = gc.isenabled()
    gc.disable()  # a young collection of another thread would free the circle, and nothing that is older
    try:
        alive = weakref.ref(_Circle())
        while alive() is not None:
            gc.collect()
            time.sleep(0)  # lets the other thread finish
    finally:
        if was_enabled:
            gc.enable()
