"""What every served agent says, and what it is asked."""

from __future__ import annotations

from typing import Any

from measurements.workload import ANSWER, MESSAGES

__all__ = ["EVENTS", "ITEM", "REQUEST", "STREAM_REQUEST"]

REQUEST: dict[str, Any] = {"input": MESSAGES}
STREAM_REQUEST: dict[str, Any] = {**REQUEST, "stream": True}

ITEM: Any = {
    "type": "message",
    "id": "msg_1",
    "status": "completed",
    "role": "assistant",
    "content": [{"type": "output_text", "text": ANSWER["content"], "annotations": []}],
}

EVENTS: list[dict[str, Any]] = [
    {
        "type": "response.output_text.delta",
        "item_id": "msg_1",
        "output_index": 0,
        "content_index": 0,
        "delta": f"word {number} ",
    }
    for number in range(20)
]
