"""What an agent was asked and what it answered as one text, whatever the shape: of one mind for scorers and judges."""

from __future__ import annotations

from typing import Any, Final

import orjson
from pydantic import BaseModel

from spanloom.tracing.preview import conversation_text
from spanloom.tracing.snapshot import snapshot

__all__ = ["answer_of", "text_of"]

_CONVERSATIONS: Final = ("messages", "input", "output", "choices", "request")


def text_of(value: Any, role: str = "assistant") -> str:
    """Return the text of an answer (of `role="user"`: of a question).

    A text is itself. Of a response, a chat completion, a list of messages or one message it is the text of the last
    message of this role that has one; empty if none has. Of a dictionary with one entry it is that of the entry, as in
    `{"answer": "Paris"}`; of one that has `content` it is that. Anything else is written as JSON, and `None` is empty.

    Example:
        >>> text_of({"output": [{"type": "message", "role": "assistant", "content": [{"text": "Paris"}]}]})
        'Paris'
        >>> text_of({"answer": 42})
        '42'
    """
    if value is None or isinstance(value, str):
        return value or ""
    return _text(_plain(value), role)


def answer_of(value: Any) -> Any:
    """Return an answer as data: that of a conversation is its text, read as JSON if it is JSON; other values stay.

    Raises:
        ValueError: If it is a text that is not JSON.

    Example:
        >>> answer_of('{"city": "Paris"}'), answer_of({"city": "Paris"})
        ({'city': 'Paris'}, {'city': 'Paris'})
    """
    if not isinstance(value, str):
        value = _plain(value)
        if not _is_conversation(value):
            return value
    return orjson.loads(text_of(value).strip())


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json", exclude_none=True)
    try:
        return orjson.loads(orjson.dumps(value))
    except TypeError:
        return orjson.loads(snapshot(value))  # takes anything, and cuts what is very long


def _text(value: Any, role: str) -> str:
    found = conversation_text(value, role)
    if found is not None:
        return found
    if _is_conversation(value):
        return ""
    if isinstance(value, dict):
        if isinstance(value.get("content"), str):
            return str(value["content"])
        if len(value) == 1:
            return _text(next(iter(value.values())), role)
    if value is None or isinstance(value, str):
        return value or ""
    return orjson.dumps(value).decode()


def _is_conversation(value: Any) -> bool:
    """Whether it holds messages or items; a list of plain dictionaries is data."""
    if isinstance(value, dict):
        parts = [value[key] for key in _CONVERSATIONS if key in value]
        return any(part == [] or _is_conversation(part) for part in parts) or _is_message(value)
    return isinstance(value, list) and bool(value) and all(_is_message(item) for item in value)


def _is_message(value: Any) -> bool:
    return isinstance(value, dict) and (
        isinstance(value.get("role"), str)
        or (isinstance(value.get("type"), str) and ({"content", "call_id", "summary"} & value.keys()) != set())
        or isinstance(value.get("message"), dict)
    )
