"""What a function says, written as response items while it comes."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from pydantic_core import to_jsonable_python

from spanloom.agents.adapter import Run
from spanloom.errors import AgentError
from spanloom.schemas.chat_agent import validate_chat_agent_response
from spanloom.schemas.construct import complete_item
from spanloom.schemas.converters.chat_agent_to_responses import chat_agent_response_to_responses
from spanloom.schemas.converters.chat_to_responses import chat_to_responses
from spanloom.schemas.ids import new_message_id
from spanloom.schemas.responses import validate_response
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent, new_event, validate_event
from spanloom_adapters.callable.shapes import Shape, shape_of
from spanloom_adapters.openai.chat_turn import ChatTurn
from spanloom_adapters.openai.parsing import whole_response
from spanloom_adapters.openai.response_turn import ResponseTurn, body_of
from spanloom_adapters.openai.turn_end import end_turn, wait_for_approvals

__all__ = ["AnswerWriter"]

Events = list[ResponsesAgentStreamEvent]


class AnswerWriter:
    """Takes what a function returned or yielded, one value after the other, and returns the events to send."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._response = run.response
        self._turn: ResponseTurn | ChatTurn | None = None
        self._error: dict[str, Any] | None = None

    def add(self, value: Any) -> Events:
        """Take the next value.

        Raises:
            AgentError: If it is nothing that an agent could say.
            SchemaError: If it is an item or an event with wrong fields.
        """
        if isinstance(value, str):
            return self._end_turn() + (self._response.text(value, self) if value else [])
        if isinstance(value, list | tuple):
            return [event for part in value for event in self.add(part)]
        shape = shape_of(value)
        if shape is None:
            raise AgentError(
                f"the function gave {type(value).__name__}: expected text, a chat message, Responses items, "
                "a response, a dict, a model or a dataclass; or deltas of text or events, if it is a generator"
            )
        write: Callable[[Any, Any], Events] = self._writers[shape]
        return write(self, value)

    def finish(self) -> Events:
        """Finish what is open.

        Raises:
            AgentError: If what was said ended with an error.
        """
        events = self._end_items()
        if self._error is not None:
            raise AgentError(f"the function's response failed: {self._error.get('message') or self._error}")
        wait_for_approvals(self._run)
        return events

    def _add_event(self, event: Any) -> Events:
        turn, events, event = self._turn, [], validate_event(event) if isinstance(event, Mapping) else event
        if not isinstance(turn, ResponseTurn) or turn.ended:
            events = self._end_items()
            turn = self._turn = ResponseTurn(self._response)
        return events + turn.add(event)

    def _add_chunk(self, chunk: Any) -> Events:
        turn, events, body = self._turn, [], body_of(chunk)
        if not isinstance(turn, ChatTurn) or (turn.ended and body["choices"]):
            events = self._end_items()
            turn = self._turn = ChatTurn(self._response)
        return events + turn.add(body)

    def _add_response(self, value: Any) -> Events:
        body = _response(body_of(value))
        end = new_event("response.completed", response={**body, "output": []})
        return self._add_items(body["output"]) + self._add_event(end)

    def _add_message(self, value: Any) -> Events:
        body = body_of(value)
        items = chat_to_responses([body])
        for item in items:
            if item["type"] == "message" and body.get("name"):
                item["name"] = body["name"]
        return self._add_items(items)

    def _add_item(self, value: Any) -> Events:
        return self._add_items([body_of(value)])

    def _add_items(self, bodies: list[dict[str, Any]]) -> Events:
        events = self._end_items()
        used = {item.get("id") for item in self._response.output}
        for body in bodies:
            item = complete_item(_with_parts({**body, "id": None if body.get("id") in used else body.get("id")}))
            validate_response({"output": [item]})
            used.add(item.get("id"))
            events += self._response.item(item)
        return events

    def _add_structured(self, value: Any) -> Events:
        plain = dataclasses.asdict(value) if dataclasses.is_dataclass(value) else value  # type: ignore[arg-type] # no class
        structured = self._run.custom_outputs["structured_response"] = to_jsonable_python(plain, fallback=str)
        text = json.dumps(structured, ensure_ascii=False)
        return self._end_items() + self._response.text(text, self) + self._response.finish_item(self)

    def _end_items(self) -> Events:
        return self._response.finish_item(self) + self._end_turn()

    def _end_turn(self) -> Events:
        turn, self._turn = self._turn, None
        if turn is None:
            return []
        self._error = turn.error  # of several responses, the last one tells how it all ended
        return end_turn(turn, self._run)

    _writers: ClassVar[dict[Shape, Callable[[Any, Any], Events]]] = {
        Shape.EVENT: _add_event,
        Shape.CHUNK: _add_chunk,
        Shape.RESPONSE: _add_response,
        Shape.MESSAGE: _add_message,
        Shape.ITEM: _add_item,
        Shape.STRUCTURED: _add_structured,
    }


def _response(body: dict[str, Any]) -> dict[str, Any]:
    if "messages" not in body:
        return whole_response(body)
    answer = validate_chat_agent_response(
        {**body, "messages": [{"id": new_message_id(), **message} for message in body["messages"]]}
    )
    return chat_agent_response_to_responses(answer).model_dump(exclude_none=True)


def _with_parts(item: dict[str, Any]) -> dict[str, Any]:
    """Return a message whose content is text as one with a part, as the output of a response has it."""
    item = {name: value for name, value in item.items() if value is not None}
    if item.get("type") == "message" and isinstance(item.get("content"), str):
        item["content"] = [{"type": "output_text", "text": item["content"], "annotations": []}]
    return item
