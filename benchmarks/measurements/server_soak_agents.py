"""The agents of the soak test: they answer, and fail where the text says so."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

from measurements.server_workload import EVENTS, ITEM

__all__ = ["FAIL", "register"]

FAIL = "fail"
_PAUSE = 0.005
"""Seconds between two events, so that clients can leave in the middle."""


class SoakError(Exception):
    """What a failing agent raises."""


def register() -> None:
    """Register an agent that waits, and one that blocks its thread."""
    from spanloom.serving import invoke, stream

    for name, answer, words in (("waits", _waits, _waits_streamed), ("blocks", _blocks, _blocks_streamed)):
        invoke(name)(answer)
        stream(name)(words)


async def _waits(request: Any) -> dict[str, Any]:
    await asyncio.sleep(_PAUSE)
    _fail_if_asked(request)
    return {"output": [ITEM]}


async def _waits_streamed(request: Any) -> AsyncIterator[dict[str, Any]]:
    for event in EVENTS:
        await asyncio.sleep(_PAUSE)
        yield event
    _fail_if_asked(request)
    yield {"type": "response.output_item.done", "output_index": 0, "item": ITEM}


def _blocks(request: Any) -> dict[str, Any]:
    time.sleep(_PAUSE)
    _fail_if_asked(request)
    return {"output": [ITEM]}


def _blocks_streamed(request: Any) -> Iterator[dict[str, Any]]:
    for event in EVENTS:
        time.sleep(_PAUSE)
        yield event
    _fail_if_asked(request)
    yield {"type": "response.output_item.done", "output_index": 0, "item": ITEM}


def _fail_if_asked(request: Any) -> None:
    if request.input_items()[-1].content == FAIL:
        raise SoakError("as asked")
