"""What the measurements of the standard schemas share: a conversation's items, and the loop."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

__all__ = ["TURN", "seconds"]

TURN: list[dict[str, Any]] = [
    {"type": "message", "role": "user", "content": "What is the weather in Paris?"},
    {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "I need the weather."}]},
    {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "weather", "arguments": '{"city": "Paris"}'},
    {"type": "function_call_output", "call_id": "call_1", "output": "21 degrees"},
    {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "status": "completed",
        "content": [{"type": "output_text", "text": "It is sunny, 21 degrees.", "annotations": []}],
    },
]


def seconds(call: Callable[[Any], Any], value: Any, *, quick: bool) -> dict[str, float]:
    """Return the CPU of the calling thread per call, the best of twenty rounds."""
    count = 200 if quick else 1000
    rounds = []
    for _ in range(20):
        begin = time.thread_time()
        for _ in range(count):
            call(value)
        rounds.append((time.thread_time() - begin) / count)
    return {"value": min(rounds)}
