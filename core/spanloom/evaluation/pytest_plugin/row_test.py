"""A test of one row: its call is traced, and what it returns is scored."""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

import pytest
from pydantic import BaseModel

from spanloom.evaluation.criteria import check_criteria, failures
from spanloom.evaluation.pytest_plugin.rows import id_of
from spanloom.evaluation.recorder import log_scores
from spanloom.evaluation.row import Row, RowResult
from spanloom.evaluation.row_work import RowWork
from spanloom.evaluation.scoring import Scorer
from spanloom.tracing.api import get_trace, start_span
from spanloom.tracing.assessments import AssessmentError
from spanloom.tracking.active import active_run

__all__ = ["RowTest"]

_NO_ANSWER: Final = (pytest.skip.Exception, pytest.xfail.Exception)


class RowTest:
    """Runs the test of a row.

    Args:
        item: The test.
        arguments: Those of its mark.

    Attributes:
        label: What the tests of all rows have in common.
        scorers: What scores the row.
        failure: Why the row does not pass, where no criteria say what the rows must be together.
    """

    def __init__(self, item: pytest.Function, arguments: Mapping[str, Any]) -> None:
        scorers = arguments.get("scorers", ())
        self.scorers: list[Scorer] = [scorers] if isinstance(scorers, Scorer) else list(scorers)
        self.failure = ""
        self._criteria: Mapping[str, str | float] | None = arguments.get("pass_criteria")
        check_criteria(self._criteria or {}, self.scorers)
        row = item.callspec.params["row"]
        assert isinstance(row, Row)
        self.label = _label(item, row)
        self._row = row
        self._name = item.originalname
        self._function: Callable[..., Any] = item.obj
        self._outputs: Any = None
        self._trace_id: str | None = None

    @property
    def function(self) -> Callable[..., Any]:
        """The test's function, traced; what it returns is kept from pytest, which expects nothing."""
        if inspect.iscoroutinefunction(self._function):

            @functools.wraps(self._function)
            async def answer_later(*args: Any, **kwargs: Any) -> None:
                with self._traced():
                    self._outputs = await self._function(*args, **kwargs)

            return answer_later

        @functools.wraps(self._function)
        def answer(*args: Any, **kwargs: Any) -> None:
            with self._traced():
                self._outputs = self._function(*args, **kwargs)

        return answer

    @contextmanager
    def _traced(self) -> Iterator[None]:
        with start_span(self._name) as span:
            self._trace_id = span.trace_id
            span.set_inputs(self._row.inputs)
            yield
            span.set_outputs(self._outputs)

    def finish(self, error: BaseException | None) -> dict[str, Any] | None:
        """Score what the test returned; return what the report shall say, nothing if the test was skipped."""
        if isinstance(error, _NO_ANSWER):
            return None
        if error is None and self._outputs is None and self.scorers:
            self.failure = f"{self._name} returned nothing to score; return what the agent answered"
            error = ValueError(self.failure)
        result = self._result(error)
        if self._criteria is None and error is None:
            self.failure = "\n".join(failures(None, {}, [result]))
        return {
            "kind": "row",
            "label": self.label,
            "row": replace(result, inputs={}, outputs=None, expectations={}, tags={}).to_dict(),
            "scorers": [_description(scorer) for scorer in self.scorers],
            "pass_criteria": dict(self._criteria) if self._criteria is not None else None,
        }

    def _result(self, error: BaseException | None) -> RowResult:
        trace = get_trace(self._trace_id) if self._trace_id is not None else None
        if error is not None:
            return RowResult(
                position=self._row.position,
                key=self._row.key,
                inputs_digest=self._row.inputs_digest,
                inputs=self._row.inputs,
                error=AssessmentError.from_exception(error),
                trace_id=trace.info.trace_id if trace is not None else None,
            )
        outputs = self._outputs.model_dump(exclude_none=True) if isinstance(self._outputs, BaseModel) else self._outputs
        run = active_run()
        run_id = run.info.run_id if run is not None else None
        work = RowWork(run_id, None, self.scorers, threading.Event())
        (result,) = log_scores(run_id, [work(replace(self._row, outputs=outputs, has_outputs=True, trace=trace))])
        return result


def _label(item: pytest.Function, row: Row) -> str:
    """Return the test's name without the row's id; with other parameters, each set of them stands for itself."""
    ids = f"-{item.callspec.id}-"
    own = id_of(row)
    escaped = own.encode("unicode_escape").decode()  # as pytest does, unless its settings say otherwise
    others = ids.replace(f"-{escaped if escaped in ids else own}-", "-", 1)[1:-1]
    name = item.nodeid.removesuffix(item.name) + item.originalname
    return f"{name}[{others}]" if others else name


def _description(scorer: Scorer) -> dict[str, Any]:
    names = [name for name in scorer.aggregations or [] if isinstance(name, str)]
    return {"name": scorer.name, "aggregations": names if scorer.aggregations is not None else None}
