"""The chunks of a chat completion, written into a response."""

from __future__ import annotations

from typing import Any

from spanloom.schemas.converters.chat_stream_to_responses import ChatStreamConverter
from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.openai.response_turn import body_of

__all__ = ["ChatTurn"]

Events = list[ResponsesAgentStreamEvent]


class ChatTurn:
    """Takes the chunks of one completion; the attributes are those of `ResponseTurn`."""

    def __init__(self, response: ResponseStreamBuilder) -> None:
        self.error: dict[str, Any] | None = None
        self.custom_outputs: dict[str, Any] = {}
        self._converter = ChatStreamConverter(response)
        self.end_turn = self._converter.end_turn

    @property
    def ended(self) -> bool:
        """Whether the model told why it stopped."""
        return self._converter.finished

    @property
    def usage(self) -> dict[str, Any] | None:
        """The tokens, as a response tells them; `None` while nobody told."""
        return self._converter.usage

    @property
    def incomplete_reason(self) -> str | None:
        """Why the completion was cut short, if it was."""
        return self._converter.incomplete_reason

    def add(self, chunk: Any) -> Events:
        """Take the next chunk."""
        return self._converter.add(body_of(chunk))
