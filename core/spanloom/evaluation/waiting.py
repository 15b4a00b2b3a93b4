"""Results of asynchronous functions, awaited from a thread."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TypeVar

from spanloom.agents.background import run_sync

__all__ = ["wait_for"]

ResultT = TypeVar("ResultT")


def wait_for(awaitable: Awaitable[ResultT]) -> ResultT:
    """Await it on the loop of asynchronous agents, which their pooled clients stay bound to."""
    return run_sync(_awaited(awaitable))


async def _awaited(awaitable: Awaitable[ResultT]) -> ResultT:
    return await awaitable
