"""The wires: which path speaks which language."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from spanloom.testing.provider.chat_answer import ChatAnswer
from spanloom.testing.provider.frames import Answer
from spanloom.testing.provider.message_error import message_error
from spanloom.testing.provider.messages_answer import MessagesAnswer
from spanloom.testing.provider.replies import ErrorReply, Reply
from spanloom.testing.provider.responses_answer import ResponsesAnswer
from spanloom.testing.provider.validation import CHAT, MESSAGES, RESPONSES
from spanloom.testing.provider.wire_error import error_body

__all__ = ["Wire", "wire_of"]


class Wire(NamedTuple):
    """How a provider's API puts things.

    Attributes:
        answer: Renders a reply to a request; `None` where the script has no say.
        request_id_header: The HTTP header that names the request.
        error: Renders the body of an `ErrorReply`, given the `request_id`.
    """

    answer: Callable[[Reply, dict[str, Any]], Answer] | None
    request_id_header: str
    error: Callable[..., dict[str, Any]]


def wire_of(path: str) -> Wire:
    """The wire that is spoken on a path: OpenAI's, unless it is another provider's."""
    return _WIRES.get(path, _OPENAI)


def _openai_error(error: ErrorReply, request_id: str) -> dict[str, Any]:
    del request_id  # in the header only
    return error_body(error)


_OPENAI = Wire(None, "x-request-id", _openai_error)
_WIRES = {
    CHAT: _OPENAI._replace(answer=ChatAnswer),
    RESPONSES: _OPENAI._replace(answer=ResponsesAnswer),
    MESSAGES: Wire(MessagesAnswer, "request-id", message_error),
}
