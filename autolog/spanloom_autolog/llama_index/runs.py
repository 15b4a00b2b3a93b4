"""The open runs of LlamaIndex, by the id that the dispatcher gave them, and their spans."""

from __future__ import annotations

import weakref
from typing import Any, Final

from spanloom.tracing import attributes
from spanloom.tracing.context import current
from spanloom.tracing.guard import guard
from spanloom.tracing.recorder import AMBIENT, Ambient, open_span
from spanloom.tracing.span import Span
from spanloom.tracing.vocabulary import SpanStatus
from spanloom_autolog.llama_index.kinds import Kind

__all__ = ["OWNER", "Member", "Run", "Runs"]

OWNER: Final = "llama_index"
MAX_OPEN_RUNS: Final = 10_000
"""A stream whose end is never told must not stay for ever; the oldest goes first."""


class Member:
    """An agent of a team, from the time it gets control until another one does.

    Attributes:
        name: Its name.
        span: Its span.
        answer: What its model said last, an `AgentOutput`.
    """

    __slots__ = ("answer", "name", "span")

    def __init__(self, name: str, span: Span) -> None:
        self.name = name
        self.span = span
        self.answer: Any = None


class Run:
    """One call that LlamaIndex told of.

    Attributes:
        run_id: The dispatcher's id.
        above: The run that called this one, where that matters.
        kind: What was called.
        instance: The object whose method was called.
        span: Its span.
        before: What was current in the caller's context.
        aliases: Ids of calls that are this one told again: a subclass that calls its base's method, an adapter.
        error: The exception that was recorded.
        streaming: Whether the call has returned and its stream is awaited.
        texts: Of a chat engine's streamed answer, what came so far.
        written: Of a chat engine, whether the streamed answer has been written to its memory.
        last: Of a streaming model, the answer so far.
        last_but_one: Likewise, one chunk earlier.
        member: Of a team, the agent at work; of its step, the agent whose step it is.
        watch: Tells when the stream is garbage collected.
    """

    __slots__ = (
        "above",
        "aliases",
        "before",
        "error",
        "instance",
        "kind",
        "last",
        "last_but_one",
        "member",
        "run_id",
        "span",
        "streaming",
        "texts",
        "watch",
        "written",
    )

    def __init__(self, run_id: str, kind: Kind, instance: Any, span: Span, before: Span | None) -> None:
        self.run_id = run_id
        self.kind = kind
        self.instance = instance
        self.span = span
        self.before = before
        self.above: Run | None = None
        self.aliases: tuple[str, ...] = ()
        self.error: BaseException | None = None
        self.streaming = False
        self.texts: list[str] = []
        self.written = False
        self.last: Any = None
        self.last_but_one: Any = None
        self.member: Member | None = None
        self.watch: weakref.ref[Any] | None = None

    def leave(self) -> None:
        """Restore what was current in the caller's context."""
        current.set(self.before)

    def fail(self, error: BaseException) -> None:
        """Record what went wrong; the framework tells it once per layer."""
        if self.error is None:
            self.error = error
            self.span.record_exception(error)


class Runs:
    """Opens and ends the spans of runs."""

    def __init__(self) -> None:
        self._open: dict[str, Run] = {}

    def get(self, run_id: str | None) -> Run | None:
        """Return an open run."""
        return self._open.get(run_id) if run_id is not None else None

    def start(
        self, run_id: str, kind: Kind, instance: Any, name: str, span_type: str, parent: Span | Ambient | None = AMBIENT
    ) -> Run:
        """Open a run, and make its span current until it is left."""
        return self.enter(run_id, kind, instance, open_span(name, span_type, parent, owner=OWNER))

    def enter(self, run_id: str, kind: Kind, instance: Any, span: Span) -> Run:
        """Open a run with a span that is there already, and make that current until it is left."""
        run = Run(run_id, kind, instance, span, current.get())
        if len(self._open) >= MAX_OPEN_RUNS:
            self.abandon(next(iter(self._open.values())))
        self._open[run_id] = run
        current.set(span)
        return run

    def add_alias(self, run_id: str, run: Run) -> None:
        """Let another id stand for an open run, until that ends."""
        run.aliases = (*run.aliases, run_id)
        self._open[run_id] = run

    def end(self, run: Run) -> None:
        """End a run and its span."""
        self.forget(run)
        run.span.end()

    def forget(self, run: Run) -> None:
        """Let go of a run whose span ends elsewhere."""
        run.watch = None
        for run_id in (run.run_id, *run.aliases):
            self._open.pop(run_id, None)

    def end_with(self, run: Run, stream: Any) -> None:
        """See to it that a run ends at the latest when its stream is garbage collected."""
        run.streaming = True
        run.watch = weakref.ref(stream, lambda _: self.abandon(run))

    def abandon(self, run: Run) -> None:
        """End a run that LlamaIndex will not end."""
        self.forget(run)
        if run.span.end_time_ns is not None:
            return
        with guard("llama_index: partial answer"):
            if run.last is not None and not run.span.has_outputs:
                from spanloom_autolog.llama_index.models import outputs

                run.span.set_outputs(outputs(run.last))
        with guard("llama_index: abandoned run"):
            run.span.set_attribute(attributes.STREAM_END, "abandoned")
        run.span.end(status=SpanStatus.CANCELLED)

    def abandon_all(self) -> None:
        """End every open run."""
        for run in list(self._open.values()):
            if run.member is not None:
                run.member.span.end(status=SpanStatus.CANCELLED)
            self.abandon(run)
