"""`POST /v1/chat/completions`: any agent as a model (https://platform.openai.com/docs/api-reference/chat)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson

from spanloom.schemas.complete_stream import StreamCompleter
from spanloom.schemas.converters.chat_completion_to_request import chat_completion_request_to_responses
from spanloom.schemas.converters.responses_to_chat_completion import ChatCompletionChunker, response_to_chat_completion
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom.schemas.wire import plain
from spanloom.serving.agents import ServedAgent
from spanloom.serving.protocols.call import DONE, Frames, data_frame
from spanloom.web.errors import HttpError

__all__ = ["ChatCompletionsCall"]


class ChatCompletionsCall:
    """A request for a chat completion.

    Args:
        served: The agent.
        body: The request's body.

    Raises:
        SchemaError: If the body does not fit.
    """

    def __init__(self, served: ServedAgent, body: dict[str, Any]) -> None:
        self._agent = served.responses
        self._request = chat_completion_request_to_responses(body)
        self._model = self._request.model or served.name
        options = body.get("stream_options")
        include_usage = isinstance(options, dict) and options.get("include_usage") is True
        self._chunker = ChatCompletionChunker(self._model, include_usage=include_usage)
        self._completer = None if served.is_native else StreamCompleter(model=self._model)
        self._failed: ResponsesAgentStreamEvent | None = None

    async def whole(self) -> bytes:
        """Run the agent and return the body of the answer."""
        response = plain(await self._agent.apredict(self._request))
        return orjson.dumps(response_to_chat_completion({**response, "model": self._model}), default=plain)

    def events(self) -> AsyncIterator[Any]:
        """Run the agent and iterate over its events."""
        return self._agent.apredict_stream(self._request)

    def frames(self, event: ResponsesAgentStreamEvent) -> Frames:
        """Return the chunks for an event."""
        return self._send([event] if self._completer is None else self._completer.add(event))

    def finish(self) -> Frames:
        """Return the frames that end the stream."""
        frames = self._send(self._completer.finish() if self._completer is not None else [])
        if self._failed is not None:
            error = self._failed.response.get("error") or {}
            told = HttpError(500, error.get("message") or "the agent failed", code=error.get("code"))
            return [*frames, *self.fail(told)]
        return [*frames, DONE]

    def fail(self, error: HttpError) -> Frames:
        """Return the frames that end the stream because of an error."""
        return [data_frame(error.body), DONE]

    def _send(self, events: list[ResponsesAgentStreamEvent]) -> Frames:
        frames: Frames = []
        for event in events:
            if event.type == "response.failed":
                self._failed = event
                continue
            frames += [data_frame(chunk) for chunk in self._chunker.add(event)]
        return frames
