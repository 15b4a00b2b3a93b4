"""The event handler: what a stream does after the call that returned it is over."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Final

from llama_index_instrumentation.base import BaseEvent
from llama_index_instrumentation.event_handlers import BaseEventHandler

from spanloom.tracing import attributes
from spanloom.tracing.guard import guard
from spanloom.tracing.vocabulary import SpanStatus, SpanType
from spanloom_autolog.llama_index import models
from spanloom_autolog.llama_index.hook import runs
from spanloom_autolog.llama_index.runs import Run
from spanloom_autolog.llama_index.tokens import token_usage

__all__ = ["EventHandler", "record_answer"]


class EventHandler(BaseEventHandler):
    """Watches streams.

    Attributes:
        active: Whether anything is done; false after autologging was switched off.
    """

    active: bool = True

    def handle(self, event: BaseEvent, **_: Any) -> None:
        """Take an event; most are told by the spans already."""
        react = _REACTIONS.get(type(event).__name__)
        if react is None or not self.active:
            return
        run = runs.get(event.span_id)
        if run is not None:
            with guard("llama_index: event"):
                react(run, event)


def record_answer(run: Run, response: Any) -> None:
    """Record a model's answer, whole or as far as it came."""
    span = run.span
    if not span.is_recording:
        return
    with guard("llama_index: outputs"):
        span.set_outputs(models.outputs(response))
    with guard("llama_index: usage"):
        usage = token_usage(response)
        if usage is not None:
            span.set_token_usage(usage)
    with guard("llama_index: response facts"):
        span.set_attributes(models.response_attributes(response, run.last_but_one))


def _chunk(run: Run, event: Any) -> None:
    if run.last is None:
        elapsed = time.time_ns() - run.span.start_time_ns
        with guard("llama_index: first chunk"):
            run.span.set_attribute(attributes.TIME_TO_FIRST_CHUNK_MS, round(elapsed / 1e6, 3))
        # The wire call has begun long ago: one that begins from now on is somebody else's.
        run.span.claimed = True
    run.last_but_one, run.last = run.last, event.response  # the answer so far, not only what is new


def _answer(run: Run, event: Any) -> None:
    if not run.streaming:
        return
    try:
        if event.response is not None:
            record_answer(run, event.response)
    finally:
        runs.end(run)


def _exception(run: Run, event: Any) -> None:
    if not run.streaming:
        return
    try:
        if run.last is not None:
            record_answer(run, run.last)
        if not isinstance(event.exception, GeneratorExit):
            run.fail(event.exception)
        else:
            run.span.set_attribute(attributes.STREAM_END, "closed")
    finally:
        runs.end(run)


def _delta(run: Run, event: Any) -> None:
    run.texts.append(event.delta)


def _cancelled(run: Run, event: Any) -> None:
    if run.run_id == event.span_id:
        run.span.set_status(SpanStatus.CANCELLED)


def _rerank(run: Run, _: Any) -> None:
    if run.span.is_recording:
        run.span.span_type = SpanType.RERANKER


_REACTIONS: Final[dict[str, Callable[[Run, Any], None]]] = {
    "LLMChatInProgressEvent": _chunk,
    "LLMCompletionInProgressEvent": _chunk,
    "LLMChatEndEvent": _answer,
    "LLMCompletionEndEvent": _answer,
    "ExceptionEvent": _exception,
    "StreamChatDeltaReceivedEvent": _delta,
    "SpanCancelledEvent": _cancelled,
    "ReRankStartEvent": _rerank,
}
