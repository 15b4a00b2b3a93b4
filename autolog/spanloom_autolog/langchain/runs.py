"""The open runs of LangChain, by run id, and their spans."""

from __future__ import annotations

import sys
from contextvars import ContextVar
from typing import Any, Final
from uuid import UUID

from spanloom.tracing import attributes
from spanloom.tracing.context import current_span
from spanloom.tracing.guard import guard
from spanloom.tracing.recorder import open_span
from spanloom.tracing.span import NOOP_SPAN, Span
from spanloom.tracing.vocabulary import SpanStatus, SpanType
from spanloom_autolog.langchain.partial import PartialAnswer

__all__ = ["OWNER", "Run", "Runs", "last_run"]

OWNER: Final = "langchain"
MAX_OPEN_RUNS: Final = 10_000
"""A run whose end LangChain never tells must not stay for ever; the oldest goes first."""


class Run:
    """One run: its span, and the open runs below it.

    Attributes:
        run_id: LangChain's id.
        parent: The enclosing run, if any.
        span: Its span; that of the enclosing run where this one is hidden.
        hidden: Whether the run has no span of its own.
        children: The open runs below, by run id.
        answer: What a streaming model gave so far.
        ended: Whether LangChain (or the end of an enclosing run) ended it.
    """

    __slots__ = ("answer", "children", "ended", "hidden", "parent", "run_id", "span")

    def __init__(self, run_id: UUID, parent: Run | None, span: Span, *, hidden: bool) -> None:
        self.run_id = run_id
        self.parent = parent
        self.span = span
        self.hidden = hidden
        self.children: dict[UUID, Run] = {}
        self.answer: PartialAnswer | None = None
        self.ended = False


last_run: ContextVar[Run | None] = ContextVar("spanloom_langchain_run", default=None)
"""The run that began last in this context. It may have ended: look at `ended`."""


class Runs:
    """Opens and ends the spans of runs."""

    def __init__(self) -> None:
        self._open: dict[UUID, Run] = {}

    def get(self, run_id: UUID | None) -> Run | None:
        """Return an open run."""
        return self._open.get(run_id) if run_id is not None else None

    def start(self, run_id: UUID, parent_run_id: UUID | None, name: str, span_type: str, *, hidden: bool) -> Run:
        """Open a run, below its parent run or, for a root, below whatever span is current."""
        parent = self.get(parent_run_id)
        hidden = hidden and parent is not None
        if parent is not None and hidden:
            span = parent.span
        else:
            span = open_span(name, span_type, _parent_span(parent), owner=OWNER)
        run = Run(run_id, parent, span, hidden=hidden)
        if len(self._open) >= MAX_OPEN_RUNS:
            self.abandon(next(iter(self._open.values())), "abandoned")
        self._open[run_id] = run
        if parent is not None:
            parent.children[run_id] = run
        last_run.set(run)
        return run

    def end(self, run: Run, error: BaseException | None = None) -> None:
        """End a run, and the runs below it where an error means that they will never be heard of again.

        After a normal end, or when the consumer closed a stream early, they still end by themselves: LangChain
        closes its generators from the outside in.
        """
        if not self._remove(run):
            return
        closed = isinstance(error, GeneratorExit)
        for child in list(run.children.values()):
            if error is not None and not closed:
                self.abandon(child, "cancelled")
            elif run.parent is not None:
                run.parent.children[child.run_id] = child
        if run.hidden:
            return
        if error is not None:
            _set_partial_answer(run)
        if closed:
            run.span.set_attribute(attributes.STREAM_END, "closed")
        elif error is not None:
            run.span.record_exception(error)
        run.span.end()

    def abandon(self, run: Run, how: str) -> None:
        """End a run that LangChain will not end, and those below it."""
        if not self._remove(run):
            return
        for child in list(run.children.values()):
            self.abandon(child, how)
        if run.hidden:
            return
        _set_partial_answer(run)
        run.span.set_attribute(attributes.STREAM_END, how)
        run.span.end(status=SpanStatus.CANCELLED)

    def abandon_all(self) -> None:
        """End every open run."""
        for run in list(self._open.values()):
            self.abandon(run, "abandoned")

    def current(self) -> Span | None:
        """Return the span of the run whose code is running here, as LangChain's own context variable tells it."""
        module = sys.modules.get("langchain_core.runnables.config")
        variable: ContextVar[Any] | None = getattr(module, "var_child_runnable_config", None)
        config = variable.get() if variable is not None else None
        run = self.get(getattr(config.get("callbacks"), "parent_run_id", None)) if config else None
        leaf = last_run.get()
        # A retriever does not announce itself there, so the embedding call in its body would not find it.
        if leaf is not None and not leaf.ended and leaf.parent is run and leaf.span.span_type == SpanType.RETRIEVER:
            return leaf.span
        return run.span if run is not None else None

    def _remove(self, run: Run) -> bool:
        if self._open.pop(run.run_id, None) is None:
            return False
        run.ended = True
        if run.parent is not None:
            run.parent.children.pop(run.run_id, None)
        return True


def _set_partial_answer(run: Run) -> None:
    with guard("langchain: partial answer"):
        if run.answer is not None and not run.span.has_outputs:
            run.span.set_outputs(run.answer.outputs())


def _parent_span(parent: Run | None) -> Span | None:
    """Return the span of the parent run, or a user's span inside of that."""
    ambient = current_span()
    if parent is None or ambient is NOOP_SPAN:
        return ambient
    above = ambient
    while above is not None and above is not parent.span:
        above = above.parent
    if ambient is not None and above is not None and ambient.owner != OWNER:
        return ambient
    return parent.span
