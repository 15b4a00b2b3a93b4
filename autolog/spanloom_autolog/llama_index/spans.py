"""The span handler: LlamaIndex tells of every call that begins, returns, or is left by an exception.

It does so in the context of the call, so that our span can be current inside; what a handler raises it swallows.
"""

from __future__ import annotations

from collections.abc import Mapping
from inspect import BoundArguments
from typing import Any

from llama_index_instrumentation.dispatcher import active_instrument_tags
from llama_index_instrumentation.span import BaseSpan
from llama_index_instrumentation.span_handlers import BaseSpanHandler

from spanloom.tracing.context import current_span, model_span
from spanloom.tracing.guard import guard
from spanloom.tracing.vocabulary import SpanType
from spanloom_autolog.llama_index import content, propagation, steps, streams
from spanloom_autolog.llama_index.events import record_answer
from spanloom_autolog.llama_index.hook import runs
from spanloom_autolog.llama_index.kinds import Kind, kind_of, span_type
from spanloom_autolog.llama_index.runs import OWNER, Run
from spanloom_autolog.llama_index.tools import name_of

__all__ = ["TAGS", "SpanHandler"]

TAGS = "llama_index.tags"

_UUID_LENGTH = 37
"""Of the random part at the end of a dispatcher's id, with its dash."""

_WORKFLOWS = frozenset({Kind.AGENT, Kind.TEAM, Kind.WORKFLOW})
_MODELS = frozenset({SpanType.CHAT_MODEL, SpanType.LLM})


class SpanHandler(BaseSpanHandler[BaseSpan]):
    """Opens and ends our spans.

    Attributes:
        active: Whether calls are traced; false after autologging was switched off.
    """

    active: bool = True

    def span_enter(
        self,
        id_: str,
        bound_args: BoundArguments,
        instance: Any = None,
        parent_id: str | None = None,
        tags: dict[str, Any] | None = None,  # noqa: ARG002 - not given for workflows: read where they come from
        **_: Any,
    ) -> None:
        """Open the span of a call, if it has one."""
        if self.active:
            with guard("llama_index: start"):
                _begin(id_, bound_args.arguments, instance, parent_id)

    def span_exit(self, id_: str, bound_args: Any, instance: Any = None, result: Any = None, **_: Any) -> None:  # noqa: ARG002 - LlamaIndex's signature
        """End it with what the call returned, or leave that to the stream that it returned."""
        run = runs.get(id_)
        if run is not None and run.run_id == id_:
            with guard("llama_index: end"):
                _return(run, result)

    def span_drop(
        self,
        id_: str,
        bound_args: Any,  # noqa: ARG002 - LlamaIndex's signature
        instance: Any = None,  # noqa: ARG002 - likewise
        err: BaseException | None = None,
        **_: Any,
    ) -> None:
        """End it with the exception that left the call."""
        run = runs.get(id_)
        if run is None:
            return
        with guard("llama_index: failure"):
            if run.run_id == id_:
                _fail(run, err)
            elif err is not None:
                run.fail(err)

    def capture_propagation_context(self) -> dict[str, Any]:
        """Tell the span that a workflow is run in."""
        with guard("llama_index: context"):
            return propagation.capture() if self.active else {}
        return {}

    def restore_propagation_context(self, context: dict[str, Any]) -> None:
        """Make that span current where the workflow's runtime has lost it."""
        if self.active:
            with guard("llama_index: context"):
                propagation.restore(context)

    def close(self) -> None:
        """End what is open: the dispatcher shuts down."""
        runs.abandon_all()

    def new_span(self, *_: Any, **__: Any) -> None:
        """Never called: spans of LlamaIndex's own kind are not kept."""

    def prepare_to_exit_span(self, *_: Any, **__: Any) -> None:
        """Likewise."""

    def prepare_to_drop_span(self, *_: Any, **__: Any) -> None:
        """Likewise."""


def _begin(run_id: str, given: Mapping[str, Any], instance: Any, parent_id: str | None) -> None:
    above = runs.get(parent_id)
    call = run_id[:-_UUID_LENGTH]
    if instance is None and above is not None and above.kind in _WORKFLOWS:
        steps.begin(run_id, call, given, above)
        return
    kind = kind_of(instance) if instance is not None else Kind.OTHER
    if kind is Kind.CHAT_STREAM and above is not None:
        runs.enter(run_id, kind, instance, above.span).above = above
        return
    nested = parent_id is not None or _is_inside_a_stream()
    found = span_type(kind, call, instance, nested=nested)
    if found is None:
        return
    if above is not None and _tells_again(above, kind, instance, found):
        runs.add_alias(run_id, above)
        return
    name = call
    with guard("llama_index: span name"):
        name = content.name_of(kind, found, instance, call)
    run = runs.start(run_id, kind, instance, name, found)
    if found in _MODELS:
        # A stream is asked for by its first step, when the call is over: the client finds the span here.
        model_span.set(run.span)
    if run.span.is_recording:
        _record_start(run, given)


def _is_inside_a_stream() -> bool:
    """Whether a step of a stream of ours runs here: LlamaIndex does not know what the call is part of."""
    here = current_span()
    return here is not None and here.owner == OWNER


def _tells_again(above: Run, kind: Kind, instance: Any, found: str) -> bool:
    """Whether a call is the one above told again: a method that calls its base's, or a tool below its step."""
    if kind is Kind.TOOL:
        return above.kind is Kind.TOOL and above.span.name == name_of(instance)
    return above.instance is instance and (above.span.span_type == found or {above.span.span_type, found} <= _MODELS)


def _record_start(run: Run, given: Mapping[str, Any]) -> None:
    span, kind, instance = run.span, run.kind, run.instance
    with guard("llama_index: inputs"):
        span.set_inputs(content.inputs(kind, span.span_type, instance, given))
    with guard("llama_index: facts"):
        span.set_attributes(content.facts(kind, span.span_type, instance, given))
    with guard("llama_index: session"):
        if span.active_trace.session_id is None:
            span.active_trace.session_id = content.session_of(kind, instance, given)
    if span.parent is None or span.parent.owner != OWNER:
        with guard("llama_index: tags"):
            tags = {key: tag for key, tag in active_instrument_tags.get().items() if not key.startswith("llamaindex.")}
            if tags:
                span.set_attribute(TAGS, tags)


def _return(run: Run, result: Any) -> None:
    run.leave()
    if run.kind is Kind.PLUMBING:
        runs.forget(run)
        steps.remember_answer(run, result)
    elif run.kind is Kind.CHAT_STREAM:
        runs.forget(run)
        streams.end_chat(run, run.instance)
    elif run.span.span_type in _MODELS and streams.is_told_by_events(result):
        runs.end_with(run, result)
    elif not streams.attach(run, result):
        steps.end_member(run)
        try:
            _record_result(run, result)
        finally:
            runs.end(run)


def _record_result(run: Run, result: Any) -> None:
    if result is None or not run.span.is_recording:
        return
    if run.span.span_type in _MODELS:
        record_answer(run, result)
        return
    with guard("llama_index: outputs"):
        if run.kind is Kind.TOOL:
            steps.record_tool_output(run, result)
        else:
            run.span.set_outputs(content.outputs(run.kind, result))


def _fail(run: Run, error: BaseException | None) -> None:
    run.leave()
    if run.kind is Kind.PLUMBING:
        runs.forget(run)
        return
    if run.kind is Kind.CHAT_STREAM and run.above is not None:
        runs.forget(run)
        if error is not None:
            run.above.fail(error)
        streams.end_chat(run, run.instance)
        return
    steps.end_member(run, error)
    if error is not None:
        run.fail(error)
    runs.end(run)
