"""What the client returned, as standard items, events and messages: for loops of one's own."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from functools import partial
from typing import Any

from spanloom.agents.adapter import Run
from spanloom.agents.reading import read_events, sync_or_async
from spanloom.errors import AgentError
from spanloom.schemas.chat_agent import ChatAgentResponse
from spanloom.schemas.converters.chat_to_responses import chat_completion_to_response
from spanloom.schemas.converters.responses_to_chat_agent import response_to_chat_agent
from spanloom.schemas.responses import ResponsesAgentResponse
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.openai.chat_turn import ChatTurn
from spanloom_adapters.openai.response_turn import ResponseTurn, body_of
from spanloom_adapters.openai.turn_end import end_turn

__all__ = ["to_chat_agent", "to_responses_events", "to_responses_items", "whole_response"]

Events = list[ResponsesAgentStreamEvent]


def to_responses_items(native: Any) -> list[dict[str, Any]]:
    """Return the output items of a `Response` or a `ChatCompletion`.

    Example:
        >>> to_responses_items({"choices": [{"message": {"role": "assistant", "content": "hi"}}]})[0]["type"]
        'message'
    """
    items: list[dict[str, Any]] = whole_response(native)["output"]
    return items


@sync_or_async
def to_responses_events(
    native_stream: Iterable[Any] | AsyncIterable[Any], **fields: Any
) -> Iterator[ResponsesAgentStreamEvent] | AsyncIterator[ResponsesAgentStreamEvent]:
    """Yield the events of the response that a stream of either API describes, from first to last.

    Args:
        native_stream: A `Stream` or an `AsyncStream` of response events or of chat completion chunks; closed with
            these events.
        fields: Fields of the response body; its `model` is the stream's unless it is given.
    """
    return read_events(partial(_Reader, names_model="model" not in fields), native_stream, **fields)


def to_chat_agent(native: Any) -> ChatAgentResponse:
    """Return a `Response` or a `ChatCompletion` as a chat agent's answer."""
    return response_to_chat_agent(ResponsesAgentResponse.model_validate(whole_response(native)))


def whole_response(native: Any) -> dict[str, Any]:
    """Return a `Response` or a `ChatCompletion`, as a model or a dict, as the body of a response."""
    body = body_of(native)
    return chat_completion_to_response(body) if "choices" in body else body


class _Reader:
    """Takes the parts of a stream; the first one tells which API it is, and which model."""

    def __init__(self, run: Run, *, names_model: bool) -> None:
        self._run = run
        self._names_model = names_model
        self._turn: ResponseTurn | ChatTurn | None = None

    def add(self, part: Any) -> Events:
        """Take the next part."""
        if self._turn is None:
            body = body_of(part)
            self._turn = (ChatTurn if "choices" in body else ResponseTurn)(self._run.response)
            if self._names_model:
                self._run.model = body.get("model") or (body.get("response") or {}).get("model")
        return self._turn.add(part)

    def finish(self) -> Events:
        """Finish what is open.

        Raises:
            AgentError: If the response failed.
        """
        if self._turn is None:
            return []
        if self._turn.error is not None:
            raise AgentError(f"the response failed: {self._turn.error.get('message') or self._turn.error}")
        return end_turn(self._turn, self._run)
