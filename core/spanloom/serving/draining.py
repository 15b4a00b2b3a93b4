"""Stopping without breaking off answers: the first signal lets running requests finish."""

from __future__ import annotations

import asyncio
import logging
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from spanloom.serving.admission import Admission

__all__ = ["drain_on_signals"]

logger = logging.getLogger("spanloom.serving")

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def drain_on_signals(admission: Admission, seconds: float) -> Iterator[None]:
    """Inside the block, put off what a signal does until no request runs, or for `seconds` at most.

    Meanwhile new requests are refused. A second signal acts at once. What the ASGI server installed is what acts, so
    that this works under any of them; it is put back at the end.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # signals are not ours there
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    tasks: set[asyncio.Task[None]] = set()

    def handle(number: int, frame: Any) -> None:
        act = before[signal.Signals(number)]
        assert callable(act)
        if admission.draining or not admission.in_flight:
            act(number, frame)
            return
        admission.draining = True
        loop.call_soon_threadsafe(lambda: tasks.add(loop.create_task(_drain(admission, seconds, act, number))))

    ours = [number for number, handler in before.items() if callable(handler)]
    for number in ours:
        signal.signal(number, handle)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, before[number])


async def _drain(admission: Admission, seconds: float, act: Callable[[int, Any], Any], number: int) -> None:
    logger.warning(
        "stopping: %d running requests get %g s to finish; another signal stops them now", admission.in_flight, seconds
    )
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await admission.idle.wait()
    act(number, None)
