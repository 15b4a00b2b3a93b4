"""What people, judges and checks say about a trace: feedback on what happened, expectations of what should have.

Class and field names are MLflow's (its `mlflow.entities.assessment`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import KW_ONLY, asdict, dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Final

from spanloom.errors import SchemaError
from spanloom.tracing.outcome import describe_exception, exception_message
from spanloom.tracing.snapshot import storable_text

__all__ = ["Assessment", "AssessmentError", "AssessmentSource", "AssessmentSourceType", "Expectation", "Feedback"]


class AssessmentSourceType:
    """Who or what assessed."""

    HUMAN: Final = "HUMAN"
    LLM_JUDGE: Final = "LLM_JUDGE"
    CODE: Final = "CODE"


_SOURCE_TYPES = (AssessmentSourceType.HUMAN, AssessmentSourceType.LLM_JUDGE, AssessmentSourceType.CODE)


@dataclass(frozen=True, slots=True)
class AssessmentSource:
    """Who assessed.

    Args:
        source_type: See `AssessmentSourceType`; capitals do not matter.
        source_id: Which one of them: a user, a model, a script.

    Raises:
        SchemaError: If the type is none of the three.

    Example:
        >>> AssessmentSource("human", "ann@example.com").source_type
        'HUMAN'
    """

    source_type: str
    source_id: str = "default"

    def __post_init__(self) -> None:
        source_type = str(self.source_type).upper()
        if source_type not in _SOURCE_TYPES:
            raise SchemaError(
                f"AssessmentSource(source_type={self.source_type!r}): expected one of {', '.join(_SOURCE_TYPES)}"
            )
        object.__setattr__(self, "source_type", source_type)
        object.__setattr__(self, "source_id", storable_text(self.source_id))


@dataclass(frozen=True, slots=True)
class AssessmentError:
    """Why an assessment could not be made, such as a judge that timed out."""

    error_code: str
    error_message: str | None = None
    stack_trace: str | None = None

    def __post_init__(self) -> None:
        _make_storable(self, "error_code", "error_message", "stack_trace")

    @classmethod
    def from_exception(cls, error: BaseException) -> AssessmentError:
        """Describe an exception."""
        facts = describe_exception(error)
        return cls(type(error).__name__, exception_message(error), facts["exception.stacktrace"])


def _make_storable(owner: Any, *names: str) -> None:
    """Replace the texts in these fields of a frozen object."""
    for name in names:
        value = getattr(owner, name)
        if value is not None:
            object.__setattr__(owner, name, storable_text(value))


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Assessment:
    """What a `Feedback` and an `Expectation` have in common.

    Attributes:
        type: `feedback` or `expectation`.
        name: What is assessed, e.g. `correctness`.
        value: A JSON value.
        source: Who assessed.
        trace_id: The trace; `None` until it is logged.
        span_id: The one span that is meant; `None` for the whole trace.
        rationale: Why.
        metadata: Further facts.
        create_time_ms: Unix time in milliseconds, as is `last_update_time_ms`.
        assessment_id: Given when it is logged.
    """

    type: ClassVar[str]

    name: str
    value: Any = None
    _: KW_ONLY
    source: AssessmentSource = AssessmentSource(AssessmentSourceType.CODE)
    trace_id: str | None = None
    span_id: str | None = None
    rationale: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    create_time_ms: int = field(default_factory=_now_ms)
    last_update_time_ms: int = field(default_factory=_now_ms)
    assessment_id: str | None = None

    def __post_init__(self) -> None:
        _make_storable(self, "name", "rationale")
        metadata = {storable_text(key): storable_text(value) for key, value in (self.metadata or {}).items()}
        object.__setattr__(self, "metadata", metadata)

    def to_dict(self) -> dict[str, Any]:
        """Return the assessment as JSON values."""
        return {"type": self.type, **asdict(self)}

    @staticmethod
    def from_dict(value: Mapping[str, Any]) -> Feedback | Expectation:
        """Build the assessment from what `to_dict` gave.

        Raises:
            SchemaError: If a part is missing or has a name that an assessment does not have.
        """
        try:
            fields = dict(value)
            kind = _TYPES[fields.pop("type")]
            fields["source"] = AssessmentSource(**fields["source"])
            if fields.get("error") is not None:
                fields["error"] = AssessmentError(**fields["error"])
            return kind(**fields)
        except (KeyError, TypeError, ValueError) as error:
            raise SchemaError(
                f"this is not an assessment as Assessment.to_dict() writes it ({error}); expected "
                '{"type": "feedback" or "expectation", "name": …, "value": …, "source": {"source_type": …}, …}'
            ) from error


@dataclass(frozen=True, slots=True)
class Feedback(Assessment):
    """A judgement on what a trace or a span did.

    Attributes:
        error: Why there is no judgement, if making it failed; given as an exception or a text, it becomes one.

    Raises:
        SchemaError: If the error is something else.

    Example:
        >>> Feedback("correctness", True, source=AssessmentSource("HUMAN", "ann"), rationale="matches the manual").type
        'feedback'
        >>> Feedback("correctness", error="the judge was not there").error.error_message
        'the judge was not there'
    """

    type: ClassVar[str] = "feedback"

    name: str = "feedback"
    _: KW_ONLY
    error: AssessmentError | None = None

    if TYPE_CHECKING:  # `error` takes more than it holds

        def __init__(
            self,
            name: str = "feedback",
            value: Any = None,
            *,
            source: AssessmentSource = ...,
            trace_id: str | None = None,
            span_id: str | None = None,
            rationale: str | None = None,
            metadata: Mapping[str, Any] | None = None,
            create_time_ms: int = ...,
            last_update_time_ms: int = ...,
            assessment_id: str | None = None,
            error: AssessmentError | BaseException | str | None = None,
        ) -> None: ...

    def __post_init__(self) -> None:
        Assessment.__post_init__(self)  # a class with slots is made anew, which `super()` does not see
        object.__setattr__(self, "error", _error(self.error))


def _error(error: Any) -> AssessmentError | None:
    if isinstance(error, BaseException):
        return AssessmentError.from_exception(error)
    if isinstance(error, str):
        return AssessmentError("ASSESSMENT_ERROR", error)
    if error is None or isinstance(error, AssessmentError):
        return error
    raise SchemaError(
        f"Feedback(error={error!r}): expected an exception, a text or an AssessmentError, got {type(error).__name__}"
    )


@dataclass(frozen=True, slots=True)
class Expectation(Assessment):
    """What a trace or a span should have done or answered.

    Example:
        >>> Expectation("expected_answer", "42").source.source_type
        'HUMAN'
    """

    type: ClassVar[str] = "expectation"

    _: KW_ONLY
    source: AssessmentSource = AssessmentSource(AssessmentSourceType.HUMAN)


_TYPES: Final[dict[str, type[Feedback | Expectation]]] = {"feedback": Feedback, "expectation": Expectation}
