"""What one call of a model says."""

from __future__ import annotations

from typing import Any

from agents.models.fake_id import FAKE_RESPONSES_ID

from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.openai.response_turn import ResponseTurn

__all__ = ["ModelTurn"]


class ModelTurn(ResponseTurn):
    """Takes the events of the model, which are those of the Responses API whichever API is asked.

    Args:
        response: What is written to.
        speaker: The name that its messages get.
    """

    def __init__(self, response: ResponseStreamBuilder, speaker: str | None) -> None:
        super().__init__(response)
        self._speaker = speaker

    def add(self, event: Any) -> list[ResponsesAgentStreamEvent]:
        """Take the next event."""
        if self._speaker is not None and event.type == "response.output_item.added":
            self._names[event.output_index] = self._speaker
        return super().add(event)

    def _finish(self, body: dict[str, Any], key: object) -> list[ResponsesAgentStreamEvent]:
        if self._speaker is not None and body.get("type") == "message":
            body["name"] = self._speaker
        return super()._finish(body, key)

    def _fresh(self, item_id: str | None) -> str | None:
        # All items of a chat completion have this one.
        return None if item_id == FAKE_RESPONSES_ID else super()._fresh(item_id)
