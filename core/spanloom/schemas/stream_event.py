"""The one event class of a Responses stream, cheap enough to be made for every token."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict

from spanloom.schemas.validation import validate
from spanloom.schemas.wire import Text, plain

__all__ = ["TERMINAL_EVENTS", "ResponsesAgentStreamEvent", "new_event", "validate_event"]

TERMINAL_EVENTS: Final = frozenset({"response.completed", "response.incomplete", "response.failed"})
"""The types of the events that a stream ends with; each holds the whole response."""


class ResponsesAgentStreamEvent(BaseModel):
    """One event of a response stream: its `type`, and that type's fields as attributes.

    The fields `item`, `part`, `response` and `annotation` hold plain dicts, which nothing validates again.
    The constructor checks the fields of every known type; other types pass through. Code that makes
    events in bulk and knows what it does uses `new_event`, which checks nothing.

    Example:
        >>> event = ResponsesAgentStreamEvent(type="response.output_text.delta", item_id="msg_1", delta="Hel")
        >>> event.delta
        'Hel'
    """

    model_config = ConfigDict(extra="allow", defer_build=True)

    type: Text
    custom_outputs: dict[str, Any] | None = None

    def __init__(self, /, **data: Any) -> None:  # `self` may be a field of an unknown event
        fields = {name: plain(value) for name, value in data.items()}
        super().__init__(**fields)
        # Two dozen models that only hand-written events need.
        from spanloom.schemas.responses_events import EVENT_MODELS

        model = EVENT_MODELS.get(self.type)
        if model is not None:
            model.model_validate(fields)

    def __getattr__(self, name: str) -> Any:
        # Pydantic's own version looks for private attributes first; there are none here, and this is hot.
        fields = None if name.startswith("__") else self.__pydantic_extra__
        if fields is None or name not in fields:
            raise AttributeError(f"a {self.type!r} event has no field {name!r}")
        return fields[name]


_set = object.__setattr__


def new_event(type: str, **fields: Any) -> ResponsesAgentStreamEvent:  # noqa: A002 - the field's own name
    """Make an event without checking anything: for code whose events are right by construction.

    Example:
        >>> new_event("response.output_text.delta", item_id="msg_1", delta="Hel").model_dump(exclude_none=True)
        {'type': 'response.output_text.delta', 'item_id': 'msg_1', 'delta': 'Hel'}
    """
    event = ResponsesAgentStreamEvent.__new__(ResponsesAgentStreamEvent)
    _set(event, "__pydantic_fields_set__", {"type", *fields})
    _set(event, "__dict__", {"type": type, "custom_outputs": fields.pop("custom_outputs", None)})
    _set(event, "__pydantic_extra__", fields)
    _set(event, "__pydantic_private__", None)
    return event


def validate_event(
    value: ResponsesAgentStreamEvent | Mapping[str, Any] | BaseModel,
) -> ResponsesAgentStreamEvent:
    """Return `value` as an event; an event is returned as it is. Also reads the `openai` package's events.

    Raises:
        SchemaError: A field of a known event type is missing or wrong; the message names every field path.
    """
    return validate(value, ResponsesAgentStreamEvent)
