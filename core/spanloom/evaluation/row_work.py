"""The work on one row: the answer, under a trace, and its scores."""

from __future__ import annotations

import contextvars
import inspect
import logging
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from spanloom.errors import EvaluationError
from spanloom.evaluation.predict import Predict
from spanloom.evaluation.rate_limits import RateLimits
from spanloom.evaluation.row import Row, RowResult, Score
from spanloom.evaluation.scoring import Scorer
from spanloom.evaluation.waiting import wait_for
from spanloom.tracing import attributes
from spanloom.tracing.api import get_trace, start_span, start_span_no_context
from spanloom.tracing.assessments import AssessmentError, AssessmentSource, AssessmentSourceType, Feedback
from spanloom.tracing.context import current, tracing_disabled
from spanloom.tracing.ids import new_trace_id
from spanloom.tracing.labels import Labels, use_labels
from spanloom.tracing.propagation import RemoteParent, remote_parent
from spanloom.tracing.settings import settings

__all__ = ["RowWork"]

logger = logging.getLogger("spanloom")


class RowWork:
    """Answers and scores one row; called from many threads at once.

    Args:
        run_id: The run that traces and feedback are linked to, if there is one.
        predict: Answers a row; `None` if the rows bring their answers.
        scorers: What scores it.
        stopped: Set when the evaluation is given up.
    """

    def __init__(
        self, run_id: str | None, predict: Predict | None, scorers: Sequence[Scorer], stopped: threading.Event
    ) -> None:
        self._metadata = {attributes.SOURCE_RUN: run_id} if run_id is not None else {}
        self._predict = predict
        self._scorers = scorers
        self._limits = RateLimits(stopped)
        self._wants_trace = any("trace" in scorer.parameters for scorer in scorers)

    def __call__(self, row: Row) -> RowResult:
        """Return what came of the row; whatever the function or a scorer raises is part of it.

        Raises:
            StoreError: If the trace can't be read that a scorer wants to see.
        """
        result = RowResult(
            position=row.position,
            key=row.key,
            inputs_digest=row.inputs_digest,
            inputs=row.inputs,
            outputs=row.outputs,
            expectations=row.expectations,
            tags=row.tags,
            trace_id=row.trace.info.trace_id if row.trace is not None else None,
            known_expectations=_logged_expectations(row) if self._predict is None else frozenset(),
        )
        if self._predict is not None:
            result = self._answered(row, result, self._predict)
        elif row.trace is None:
            result = replace(result, trace_id=self._recorded(row))
        if result.error is not None:
            return result
        return replace(result, scores=self._scores(row, result))

    def parts(self) -> Iterator[tuple[str, Any]]:
        """Give what users wrote, by what it is called: one of it may be what can't be sent to another process."""
        if self._predict is not None:
            yield "predict_fn", self._predict
        for scorer in self._scorers:
            yield f"the scorer {scorer.name!r}", scorer

    def _answered(self, row: Row, result: RowResult, predict: Predict) -> RowResult:
        trace_id = ""

        def attempt() -> Any:
            nonlocal trace_id
            trace_id = new_trace_id()
            return contextvars.copy_context().run(self._traced_answer, row, predict, trace_id)

        begin = time.perf_counter()
        try:
            outputs, error = self._limits.call(attempt), None
        except BaseException as raised:
            outputs, error = None, AssessmentError.from_exception(raised)
        return replace(
            result,
            outputs=outputs,
            error=error,
            trace_id=trace_id if settings.enabled else None,
            duration_ms=(time.perf_counter() - begin) * 1000,
        )

    def _traced_answer(self, row: Row, predict: Predict, trace_id: str) -> Any:
        current.set(None)  # an evaluation inside a traced function: its rows are traces of their own
        remote_parent.set(RemoteParent(trace_id, sampled=True))
        with use_labels(self._labels(row)):
            if predict.traces:
                return predict(row.inputs)
            with start_span(predict.name) as span:
                span.set_inputs(row.inputs)
                outputs = predict(row.inputs)
                if not span.has_outputs:
                    span.set_outputs(outputs)
                return outputs

    def _recorded(self, row: Row) -> str | None:
        """Make a trace of an answer that was known beforehand, for the scores to be seen at."""
        return contextvars.copy_context().run(self._record, row) if settings.enabled else None

    def _record(self, row: Row) -> str:
        current.set(None)
        remote_parent.set(RemoteParent(new_trace_id(), sampled=True))
        with use_labels(self._labels(row)):
            span = start_span_no_context("evaluate", inputs=row.inputs)
            span.end(outputs=row.outputs)
        return span.trace_id

    def _labels(self, row: Row) -> Labels:
        return Labels(tags=row.tags, metadata=self._metadata)

    def _scores(self, row: Row, result: RowResult) -> list[Score]:
        trace = row.trace
        if self._wants_trace and result.trace_id is not None and (trace is None or self._predict is not None):
            trace = get_trace(result.trace_id)
        seen = {
            "inputs": result.inputs,
            "outputs": result.outputs,
            "expectations": result.expectations,
            "trace": trace,
        }
        with tracing_disabled():  # what judges ask their models is not what is evaluated
            scores: list[Score] = []
            for scorer in self._scorers:
                scores += self._scored(scorer, seen, {score.name: score.scorer for score in scores})
            return scores

    def _scored(self, scorer: Scorer, seen: dict[str, Any], owners: dict[str, str]) -> list[Score]:
        try:
            call = _called_in_time if scorer.timeout else _called
            found = scorer.feedback_from(self._limits.call(lambda: call(scorer, seen)))
            _refuse_others_names(scorer, found, owners)
        except BaseException as raised:
            source = AssessmentSource(AssessmentSourceType.CODE, scorer.name)
            found = [Feedback(scorer.name, source=source, error=raised)]
        return [self._score(scorer, feedback) for feedback in found]

    def _score(self, scorer: Scorer, feedback: Feedback) -> Score:
        feedback = replace(feedback, metadata={**feedback.metadata, **self._metadata})
        return Score(feedback, scorer.name, _passed(scorer, feedback))


def _refuse_others_names(scorer: Scorer, found: Sequence[Feedback], owners: dict[str, str]) -> None:
    for feedback in found:
        owner = owners.get(feedback.name)
        if owner is not None:
            raise EvaluationError(
                f"the scorer {scorer.name!r} gave feedback of the name {feedback.name!r}, as {owner!r} did; "
                "a metric is one scorer's: give one of them another name, Feedback(name=…)"
            )


def _logged_expectations(row: Row) -> frozenset[str]:
    logged = row.trace.search_assessments(type="expectation") if row.trace is not None else []
    return frozenset(said.name for said in logged if said.value == row.expectations.get(said.name))


def _called(scorer: Scorer, seen: dict[str, Any]) -> Any:
    result = scorer.call_with(seen)
    return wait_for(result) if inspect.isawaitable(result) else result


def _called_in_time(scorer: Scorer, seen: dict[str, Any]) -> Any:
    """Call in a thread that is left behind when it takes too long: nothing else ends a call that hangs."""
    outcome: Future[Any] = Future()

    def call() -> None:
        try:
            outcome.set_result(_called(scorer, seen))
        except BaseException as error:
            outcome.set_exception(error)

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(call,), name=f"spanloom-scorer-{scorer.name}", daemon=True).start()
    try:
        return outcome.result(scorer.timeout)
    except TimeoutError:
        if outcome.done():
            raise  # the scorer's own
        raise TimeoutError(
            f"the scorer {scorer.name!r} took longer than {scorer.timeout:g} seconds; "
            "give it more with timeout=, or no limit with timeout=0"
        ) from None


def _passed(scorer: Scorer, feedback: Feedback) -> bool | None:
    """Whether a value passes: as the scorer says; or else `True` and `yes` do, and of other values nobody knows."""
    if feedback.error is not None:
        return False
    value = feedback.value
    if scorer.pass_if is not None:
        try:
            return bool(scorer.pass_if(value))
        except BaseException:
            logger.warning("spanloom: pass_if of the scorer %r failed for %r", scorer.name, value, exc_info=True)
            return False
    if isinstance(value, bool):
        return value
    word = value.strip().lower() if isinstance(value, str) else ""
    return word == "yes" if word in {"yes", "no"} else None
