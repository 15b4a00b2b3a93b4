"""The open calls of DSPy, by call id, and their spans."""

from __future__ import annotations

from typing import Any, Final

from dspy.utils.callback_context import ACTIVE_CALL_ID  # type: ignore[import-untyped]

from spanloom.tracing import attributes
from spanloom.tracing.context import current, is_below
from spanloom.tracing.guard import guard
from spanloom.tracing.recorder import AMBIENT, Ambient, open_span
from spanloom.tracing.span import NOOP_SPAN, Span
from spanloom.tracing.vocabulary import SpanStatus
from spanloom_autolog.dspy.partial import PartialAnswer

__all__ = ["OpenCall", "OpenCalls"]

OWNER: Final = "dspy"


class OpenCall:
    """One call that DSPy's callbacks announced.

    Attributes:
        kind: What the callbacks call it: `module`, `lm`, `tool`, …
        instance: The object that was called.
        parent: The enclosing call, if any.
        span: Its span; `NOOP_SPAN` where it has none of its own.
        inside: The span that is current within the call: `span`, unless what it does is not to be traced.
        entered: Whether `inside` was made current, and `previous` has to be again.
        previous: The span that was current before.
        asked: Of an agent: whether its model has answered yet.
        pending: Of an agent: the tool calls that its model asked for last.
        metadata: Of an evaluation: what the optimizer says of it.
        scores: Of an optimization: what its evaluations came to.
        answer: Of a streaming model call: what it gave so far.
    """

    __slots__ = (
        "answer",
        "asked",
        "entered",
        "inside",
        "instance",
        "kind",
        "metadata",
        "parent",
        "pending",
        "previous",
        "scores",
        "span",
    )

    def __init__(self, kind: str, instance: Any, parent: OpenCall | None) -> None:
        self.kind = kind
        self.instance = instance
        self.parent = parent
        self.span = NOOP_SPAN
        self.inside: Span | None = parent.inside if parent is not None else None
        self.entered = False
        self.previous: Span | None = None
        self.asked = False
        self.pending: list[dict[str, Any]] = []
        self.metadata: Any = None
        self.scores: list[dict[str, Any]] = []
        self.answer: PartialAnswer | None = None

    def enclosing(self, *kinds: str, span_type: str | None = None) -> OpenCall | None:
        """Return the nearest enclosing call of one of these kinds, and of this span type if there is one."""
        above = self.parent
        while above is not None:
            if above.kind in kinds and (span_type is None or above.span.span_type == span_type):
                return above
            above = above.parent
        return None

    def take_tool_call_id(self, name: str) -> str | None:
        """Return the id of the next pending call of this tool; an agent runs them in order."""
        for index, tool_call in enumerate(self.pending):
            if tool_call["function"]["name"] == name:
                call_id: str | None = self.pending.pop(index)["id"]
                return call_id
        return None


class OpenCalls:
    """Opens and ends the spans of calls.

    DSPy tells start and end of a call in the context that the call itself runs in, so its span is made current at its
    start, and the one before it at its end. Threads of its executors only know the enclosing call's id: see `current`.
    """

    def __init__(self) -> None:
        self._open: dict[str, OpenCall] = {}

    def get(self, call_id: str | None) -> OpenCall | None:
        """Return an open call."""
        return self._open.get(call_id) if call_id is not None else None

    def active(self) -> OpenCall | None:
        """Return the call whose code is running here."""
        return self.get(ACTIVE_CALL_ID.get())

    def current(self) -> Span | None:
        """Return the span of the call whose code is running here, in threads where the context does not know it."""
        if current.get() is not None:
            return None
        call = self.active()
        inside = call.inside if call is not None else None
        # Ended already: autologging was switched off, and on again, in the middle.
        return inside if inside is NOOP_SPAN or (inside is not None and inside.is_recording) else None

    def announce(self, call_id: str, kind: str, instance: Any) -> OpenCall:
        """Remember a call; without a span of its own, until it is given one."""
        call = self._open[call_id] = OpenCall(kind, instance, self.active())
        return call

    def open_span(
        self, call: OpenCall, name: str, span_type: str, parent: Span | Ambient = AMBIENT, *, muted: bool = False
    ) -> Span:
        """Give the call a span and make it current; where `muted`, nothing within the call is traced."""
        call.span = open_span(name, span_type, parent, owner=OWNER)
        call.inside = NOOP_SPAN if muted else call.span
        call.entered, call.previous = True, current.get()
        current.set(call.inside)
        return call.span

    def leave(self, call_id: str) -> OpenCall | None:
        """Forget a call and make the span current again that was so before; the call's own is still open."""
        call = self._open.pop(call_id, None)
        if call is not None and call.entered:
            here = current.get()
            # Not in a context that never saw the call: an abandoned coroutine is closed wherever it is collected.
            if here is not None and call.inside is not None and is_below(here, call.inside):
                current.set(call.previous)
        return call

    def end(self, call: OpenCall | None, exception: BaseException | None) -> None:
        """End the span of a call that was left, with what became of it."""
        if call is None:
            return
        span = call.span
        if exception is not None:
            with guard("dspy: partial answer"):
                if call.answer is not None and span.is_recording and not span.has_outputs:
                    span.set_outputs(call.answer.outputs())
            if _consumer_left(exception):
                span.set_status(SpanStatus.CANCELLED)
                with guard("dspy: stream end"):
                    span.set_attribute(attributes.STREAM_END, "closed")
            else:
                span.record_exception(exception)
        span.end()

    def abandon_all(self) -> None:
        """End every open span; the calls stay, for their ends restore the context."""
        for call in list(self._open.values()):
            if call.span.is_recording:
                call.span.set_attribute(attributes.STREAM_END, "abandoned")
                call.span.end(status=SpanStatus.CANCELLED)


def _consumer_left(error: BaseException) -> bool:
    """Whether a stream's program, in its thread, could not hand over a chunk because nobody is there any more."""
    cause = error.__cause__
    return type(error).__name__ == "LMUnexpectedError" and type(cause).__name__ in _HANDED_TO_NOBODY


_HANDED_TO_NOBODY = frozenset({"BrokenResourceError", "CancelledError", "ClosedResourceError", "RunFinishedError"})
