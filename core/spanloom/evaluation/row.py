"""One example of an evaluation, and what came of it."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import orjson

from spanloom.evaluation.aggregation import number_of
from spanloom.tracing.api import get_trace
from spanloom.tracing.assessments import Assessment, AssessmentError, Feedback
from spanloom.tracing.snapshot import snapshot
from spanloom.tracing.traces import Trace

__all__ = ["Row", "RowResult", "Score", "digest_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One example.

    Attributes:
        position: Its place in the data, counted from 0.
        inputs: What the agent is asked, by argument name.
        outputs: What it answered, if that is known beforehand.
        has_outputs: Whether it is known; an answer may be `None`.
        expectations: What is expected, by name.
        trace: What it did, if that is known beforehand.
        tags: Tags for the trace.
        key: What the row is known by when an evaluation goes on; of the same content, the second ends in `#2`.
        inputs_digest: What the row is known by when evaluations are compared.
    """

    position: int
    inputs: dict[str, Any]
    outputs: Any = None
    has_outputs: bool = False
    expectations: dict[str, Any] = field(default_factory=dict)
    trace: Trace | None = None
    tags: dict[str, str] = field(default_factory=dict)
    key: str = ""
    inputs_digest: str = ""


@dataclass(frozen=True, slots=True)
class Score:
    """One feedback that a scorer gave on a row.

    Attributes:
        feedback: The feedback; where the scorer failed, its `error` says why.
        scorer: The name of the scorer.
        passed: Whether the value passes; `None` if nothing says what passes.
    """

    feedback: Feedback
    scorer: str
    passed: bool | None = None

    @property
    def name(self) -> str:
        """The name of the feedback."""
        return self.feedback.name

    @property
    def value(self) -> Any:
        """The value of the feedback."""
        return self.feedback.value

    @property
    def number(self) -> float | None:
        """The value as metrics see it: yes/no and booleans as 1 and 0; `None` if it is no number."""
        return number_of(self.feedback.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowResult:
    """What came of one row.

    Attributes:
        position: Its place in the data, counted from 0.
        key: See `Row`.
        inputs_digest: See `Row`.
        inputs: What the agent was asked.
        outputs: What it answered.
        expectations: What was expected, by name.
        tags: The row's tags.
        trace_id: The trace that has the scores as feedback; `None` if nothing was recorded.
        error: Why there is no answer, and therefore no score.
        scores: What the scorers said.
        duration_ms: How long the answer took, in milliseconds; `None` if it was known beforehand.
        known_expectations: The names of those that the trace had before.
    """

    position: int
    key: str
    inputs_digest: str
    inputs: dict[str, Any]
    outputs: Any = None
    expectations: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    trace_id: str | None = None
    error: AssessmentError | None = None
    scores: list[Score] = field(default_factory=list)
    duration_ms: float | None = None
    known_expectations: frozenset[str] = frozenset()

    @property
    def trace(self) -> Trace | None:
        """The trace, read from the store."""
        return get_trace(self.trace_id) if self.trace_id is not None else None

    @property
    def values(self) -> dict[str, Any]:
        """The scores by name; one that failed is missing."""
        return {score.name: score.value for score in self.scores if score.feedback.error is None}

    @property
    def flawed(self) -> bool:
        """Whether it has no answer, or a score that failed or does not pass."""
        return self.error is not None or any(score.feedback.error or score.passed is False for score in self.scores)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as JSON values."""
        return orjson.loads(snapshot(_plain(self)))  # type: ignore[no-any-return]

    @staticmethod
    def from_dict(value: dict[str, Any]) -> RowResult:
        """Build the result from what `to_dict` gave."""
        fields = dict(value)
        if fields["error"] is not None:
            fields["error"] = AssessmentError(**fields["error"])
        fields["known_expectations"] = frozenset(fields["known_expectations"])
        fields["scores"] = [_score(score) for score in fields["scores"]]
        return RowResult(**fields)


def _plain(result: RowResult) -> dict[str, Any]:
    return {
        **{name: getattr(result, name) for name in RowResult.__slots__},
        "error": asdict(result.error) if result.error is not None else None,
        "known_expectations": sorted(result.known_expectations),
        "scores": [
            {"feedback": score.feedback.to_dict(), "scorer": score.scorer, "passed": score.passed}
            for score in result.scores
        ],
    }


def _score(value: dict[str, Any]) -> Score:
    feedback = Assessment.from_dict(value["feedback"])
    assert isinstance(feedback, Feedback)
    return Score(feedback, value["scorer"], value["passed"])


def digest_of(value: Any) -> str:
    """Return what values of the same content have in common, whatever the order of their keys."""
    data = orjson.dumps(orjson.loads(snapshot(value)), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(data).hexdigest()[:32]


def with_keys(rows: list[Row]) -> list[Row]:
    """Give each row what it is known by."""
    seen: dict[str, int] = {}
    return [
        replace(
            row,
            inputs_digest=_counted(digest_of(row.inputs), seen, "inputs"),
            key=_counted(
                digest_of([row.inputs, row.outputs, row.expectations, row.trace.info.trace_id if row.trace else None]),
                seen,
                "row",
            ),
        )
        for row in rows
    ]


def _counted(digest: str, seen: dict[str, int], what: str) -> str:
    count = seen[what + digest] = seen.get(what + digest, 0) + 1
    return digest if count == 1 else f"{digest}#{count}"
