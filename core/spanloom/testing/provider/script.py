"""The script: which reply answers which request."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence

from spanloom.errors import SpanloomError
from spanloom.testing.provider.deltas import reply_deltas
from spanloom.testing.provider.received import ReceivedRequest, last_user_text
from spanloom.testing.provider.replies import ErrorReply, Reply

__all__ = ["Responder", "Script", "ScriptError", "ScriptExhaustedError", "ScriptLike", "Settled"]

Settled = Callable[[], Reply | ErrorReply]
Responder = Callable[[ReceivedRequest], Reply | ErrorReply]
ScriptLike = Sequence[Reply | ErrorReply] | Responder


class ScriptError(SpanloomError):
    """A script of a ProviderServer can't be used as it is written."""


class ScriptExhaustedError(ScriptError):
    """The model was asked once more than the script has replies."""


class Script:
    """Gives the reply to each model request: the next of a sequence, what a function says, or an echo.

    Args:
        source: Replies in order, a function of the request, or None to echo the last user message.
    """

    def __init__(self, source: ScriptLike | None) -> None:
        self._respond = source if callable(source) else None
        self._replies = None if source is None or callable(source) else deque(_checked(source))
        self._length = len(self._replies or ())

    def append(self, replies: Iterable[Reply | ErrorReply]) -> None:
        """Add replies to the end."""
        if self._respond is not None:
            raise ScriptError(
                "enqueue() adds to a sequence of replies, but the script is a function; replace it with script([...])"
            )
        added = _checked(replies)
        self._replies = deque() if self._replies is None else self._replies
        self._replies.extend(added)
        self._length += len(added)

    def take(self, request: ReceivedRequest) -> Settled:
        """Settle, in the order of arrival, what will answer the request; the result gives the reply, or raises."""
        if self._respond is not None:
            respond = self._respond
            return lambda: _checked([respond(request)])[0]
        if self._replies is None:
            return lambda: Reply(f"echo: {last_user_text(request.body)}")
        if not self._replies:
            error = ScriptExhaustedError(
                f"The script of this ProviderServer is exhausted: it has {self._length} "
                f"repl{'y' if self._length == 1 else 'ies'}, and request {request.index} "
                f"({request.method} {request.path}) asked for one more. "
                "Add replies to the script, or with enqueue()."
            )
            return lambda: _raise(error)
        reply = self._replies.popleft()
        return lambda: reply


def _raise(error: ScriptError) -> Reply:
    raise error


def _checked(replies: Iterable[Reply | ErrorReply]) -> list[Reply | ErrorReply]:
    found = list(replies)
    for reply in found:
        if not isinstance(reply, (Reply, ErrorReply)):
            raise ScriptError(
                f"A script is made of Reply and ErrorReply, got {type(reply).__name__} {reply!r:.80}; "
                "write Reply('...') for a text"
            )
        if isinstance(reply, Reply):
            _check_pace(reply)
    return found


def _check_pace(reply: Reply) -> None:
    deltas = sum(1 for _ in reply_deltas(reply))
    for name, position in (("hold_after", reply.hold_after), ("break_after", reply.break_after or 0)):
        if not 0 <= position <= deltas:
            raise ScriptError(f"{name}={position} is never reached: the reply is streamed in {deltas} deltas")
    if reply.break_with is not None and reply.break_after is None:
        raise ScriptError("break_with says how a stream fails; say where with break_after=<number of deltas>")
