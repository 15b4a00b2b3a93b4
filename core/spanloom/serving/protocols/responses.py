"""`POST /v1/responses`: OpenAI's Responses API (https://platform.openai.com/docs/api-reference/responses)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson

from spanloom.schemas.complete_stream import StreamCompleter
from spanloom.schemas.construct import create_response
from spanloom.schemas.responses import ResponsesAgentRequest, validate_request
from spanloom.schemas.stream_event import TERMINAL_EVENTS, ResponsesAgentStreamEvent, new_event
from spanloom.schemas.wire import plain
from spanloom.serving.agents import ServedAgent
from spanloom.serving.protocols.call import Frames, data_frame, event_body, failed_event
from spanloom.serving.stored_responses import StoredResponse, StoredResponses, new_conversation_id
from spanloom.web.errors import HttpError

__all__ = ["ResponsesCall"]

_ECHOED = (
    "instructions",
    "max_output_tokens",
    "metadata",
    "parallel_tool_calls",
    "previous_response_id",
    "reasoning",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_p",
    "truncation",
    "user",
)
"""Fields of the request that its response repeats."""


class ResponsesCall:
    """A request to the Responses API.

    Args:
        served: The agent.
        body: The request's body.
        stored: Where responses are kept.

    Raises:
        SchemaError: If the body does not fit.
        HttpError: 400, if it names a response that is not there, or asks for what the server can't do.
    """

    def __init__(self, served: ServedAgent, body: dict[str, Any], stored: StoredResponses) -> None:
        self._agent = served.responses
        self._served = served
        self._stored = stored
        conversation = _conversation_id(body.pop("conversation", None))
        request = validate_request(body)
        if request.background:
            raise HttpError(400, "background: an answer is given at once here; leave it out", param="background")
        self._input = [plain(item) for item in request.input_items()]
        self._previous = self._find_previous(request, conversation)
        self._stores = request.store is not False
        self._conversation = self._conversation_of(request, conversation)
        self._request = self._continued(request)
        self._fields = self._echo(request, conversation)
        # What a native agent streams is well-formed already.
        self._completer = None if served.is_native else StreamCompleter(**self._fields)
        self._begun = False
        self._failed: ResponsesAgentStreamEvent | None = None

    async def whole(self) -> bytes:
        """Run the agent and return the body of the answer."""
        response = plain(await self._agent.apredict(self._request))
        body = create_response(**{**response, **self._fields})
        self._keep(body)
        return orjson.dumps(body, default=plain)

    def events(self) -> AsyncIterator[Any]:
        """Run the agent and iterate over its events."""
        return self._agent.apredict_stream(self._request)

    def frames(self, event: ResponsesAgentStreamEvent) -> Frames:
        """Return the frames for an event."""
        if self._completer is None:
            return self._send([event])
        return self._send([*self._begin(self._completer), *self._completer.add(event)])

    def finish(self) -> Frames:
        """Return the frames that end the stream."""
        events = []
        if self._completer is not None:
            events = [*self._begin(self._completer), *self._completer.finish()]
        frames = self._send(events)
        if self._failed is not None:
            self._keep(self._failed.response)
            frames.append(data_frame(event_body(self._failed), self._failed.type))
        return frames

    def fail(self, error: HttpError) -> Frames:
        """Return the frames that end the stream because of an error."""
        frames: Frames = []
        if self._failed is None:
            completer = self._completer or StreamCompleter(**self._fields)
            frames = self._send([*self._begin(completer), *completer.fail(error.response_error)])
        assert self._failed is not None
        return [*frames, data_frame(failed_event(self._failed, error), self._failed.type)]

    def _begin(self, completer: StreamCompleter) -> list[ResponsesAgentStreamEvent]:
        if self._begun:
            return []
        self._begun = True
        return completer.start()

    def _send(self, events: list[ResponsesAgentStreamEvent]) -> Frames:
        frames: Frames = []
        for event in events:
            sent = event
            if "response" in (event.model_extra or {}):
                fields = {**(event.model_extra or {}), "response": {**event.response, **self._fields}}
                sent = new_event(event.type, **fields)
                self._begun = True
                if event.type == "response.failed":
                    self._failed = sent
                    continue
                if event.type in TERMINAL_EVENTS:
                    self._keep(sent.response)
            frames.append(data_frame(event_body(sent), sent.type))
        return frames

    def _find_previous(self, request: ResponsesAgentRequest, conversation: str | None) -> StoredResponse | None:
        wanted = request.previous_response_id
        if wanted is None:
            return self._stored.latest(conversation) if conversation is not None else None
        if conversation is not None:
            raise HttpError(400, "previous_response_id and conversation exclude each other", param="conversation")
        found = self._stored.get(wanted)
        if found is None:
            raise HttpError(
                400,
                f"previous_response_id: there is no response {wanted[:100]!r}",
                code="previous_response_not_found",
                param="previous_response_id",
            )
        return found

    def _conversation_of(self, request: ResponsesAgentRequest, conversation: str | None) -> str | None:
        given = request.context.conversation_id if request.context is not None else None
        if conversation is not None or given is not None or not self._stores:
            return conversation or given
        return (
            self._previous.conversation_id if self._previous is not None and self._is_latest else new_conversation_id()
        )

    @property
    def _is_latest(self) -> bool:
        """Whether the conversation goes on where it ended, and does not branch off from an earlier answer."""
        previous = self._previous
        latest = self._stored.latest(previous.conversation_id) if previous is not None else None
        return previous is not None and latest is not None and latest.id == previous.id

    def _continued(self, request: ResponsesAgentRequest) -> ResponsesAgentRequest:
        """Return the request as the agent gets it: in its conversation, with what was said before if need be."""
        changed: dict[str, Any] = {}
        if self._conversation is not None:
            context = request.context.model_dump(exclude_none=True) if request.context is not None else {}
            changed["context"] = {**context, "conversation_id": self._conversation}
        if self._previous is not None and not (
            self._served.is_native and self._conversation == self._previous.conversation_id
        ):
            changed["input"] = [*self._stored.history(self._previous), *self._input]
        if not changed:
            return request
        return validate_request({**request.model_dump(exclude_none=True), **changed})

    def _echo(self, request: ResponsesAgentRequest, conversation: str | None) -> dict[str, Any]:
        given = request.model_dump(exclude_none=True)
        fields = {name: given[name] for name in _ECHOED if name in given}
        fields |= {"model": request.model or self._served.name, "store": self._stores}
        if conversation is not None:
            fields["conversation"] = {"id": conversation}
        return fields

    def _keep(self, body: dict[str, Any]) -> None:
        if not self._stores or self._conversation is None:
            return
        previous = self._previous.id if self._previous is not None else None
        self._stored.save(
            StoredResponse(body["id"], self._served.name, self._conversation, previous, self._input, body)
        )


def _conversation_id(conversation: Any) -> str | None:
    if conversation is None or isinstance(conversation, str):
        return conversation or None
    if isinstance(conversation, dict) and isinstance(conversation.get("id"), str):
        return str(conversation["id"])
    raise HttpError(400, "conversation: should be an id, or an object with 'id'", param="conversation")
