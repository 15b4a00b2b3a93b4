"""A scorer looks at one row of an evaluation and says how good it is. Names and arguments are MLflow's."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, Final, overload

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, field_validator

from spanloom.errors import EvaluationError, RunError
from spanloom.evaluation.aggregation import AGGREGATIONS, Aggregation, aggregation_names
from spanloom.tracing import AssessmentError, AssessmentSource, AssessmentSourceType, Feedback
from spanloom.tracking.texts import checked_key

__all__ = ["Scorer", "scorer"]

_MAX_INTEGER: Final = 2**63
"""JSON has none that are larger."""

PARAMETERS: Final = ("inputs", "outputs", "expectations", "trace")


class Scorer(BaseModel):
    """What scores a row. Subclass it for a scorer with settings; a function needs only `@scorer`.

    A subclass gives `name` a default, adds its settings as pydantic fields, and writes `__call__` (or
    `async def __call__`) with any of the keyword parameters `inputs`, `outputs`, `expectations` (a dictionary, empty
    if the row has none) and `trace` (a `Trace`). It returns a boolean, a number, a text, a `Feedback`, a list of
    `Feedback`, or `None` for no score. What it raises is kept with the row.

    Attributes:
        name: The name of the feedback, and the first part of the names of the metrics.
        aggregations: What the rows' scores are made into: `mean` (alone if this is `None`), `min`, `max`, `median`,
            `variance`, `p90`, or a function of the list of numbers; `[]` for no metric.
        description: What is scored, for people.
        timeout: Seconds that one call may take; `None` and 0 are no limit.
        pass_if: Whether a value passes, for `EvaluationResult.passed`; by default `True` and `yes` do.

    Example:
        >>> class Shorter(Scorer):
        ...     name: str = "shorter"
        ...     limit: int = 100
        ...
        ...     def __call__(self, *, outputs: str) -> bool:
        ...         return len(outputs) < self.limit
        >>> Shorter(limit=3)(outputs="four")
        False
    """

    model_config = ConfigDict(extra="forbid", arbitrary_types_allowed=True)

    name: str = Field(min_length=1)
    aggregations: list[Aggregation] | None = None
    description: str | None = None
    timeout: float | None = Field(default=None, ge=0)
    pass_if: Callable[[Any], bool] | None = Field(default=None, exclude=True)

    @field_validator("aggregations", mode="before")
    @classmethod
    def _check_aggregations(cls, value: Any) -> Any:
        for aggregation in value or ():
            if not callable(aggregation) and aggregation not in AGGREGATIONS:
                raise ValueError(
                    f"unknown aggregation {aggregation!r}; expected {', '.join(AGGREGATIONS)} or a function"
                )
        return value

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Score one row."""
        raise NotImplementedError(f"{type(self).__name__} is a Scorer without __call__(self, *, outputs, …)")

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """Which of inputs, outputs, expectations and trace the scorer looks at.

        Raises:
            EvaluationError: If it requires something else.
        """
        return self._parameters_of(self.__call__)

    def _parameters_of(self, function: Callable[..., Any]) -> tuple[str, ...]:
        found = inspect.signature(function).parameters.values()
        unknown = [p.name for p in found if p.name not in PARAMETERS and _is_required(p)]
        if unknown:
            raise EvaluationError(
                f"the scorer {self.name!r} asks for {', '.join(map(repr, unknown))}; "
                f"a scorer is given any of {', '.join(PARAMETERS)}"
            )
        if any(p.kind is p.VAR_KEYWORD for p in found):
            return PARAMETERS
        return tuple(name for name in PARAMETERS if any(p.name == name for p in found))

    def call_with(self, row: Mapping[str, Any]) -> Any:
        """Call the scorer with what it looks at; an asynchronous one returns its coroutine."""
        return self(**{name: row[name] for name in self.parameters})

    def feedback_from(self, result: Any) -> list[Feedback]:
        """Make what the scorer returned into feedback.

        A `Feedback` that was not given a name takes the scorer's. A number that is not finite becomes an error.

        Raises:
            EvaluationError: If metrics can't be called as a feedback is.
            TypeError: If a scorer may not return such a thing.
        """
        if result is None:
            return []
        if isinstance(result, Feedback):
            return [self._checked(result)]
        if isinstance(result, list) and all(isinstance(item, Feedback) for item in result):
            return [self._checked(item) for item in result]
        result = _python_value(result)
        if not isinstance(result, bool | int | float | str):
            raise TypeError(
                f"the scorer {self.name!r} returned {type(result).__name__}; expected a boolean, a number, a text, "
                "a Feedback (whose value may be any JSON), a list of Feedback, or None"
            )
        source = AssessmentSource(AssessmentSourceType.CODE, self.name)
        return [self._checked(Feedback(self.name, result, source=source))]

    def check_name(self, name: str) -> None:
        """Make sure that metrics can be called so.

        Raises:
            EvaluationError: If not.
        """
        for aggregation in ("errors", *aggregation_names(self.aggregations or ())):
            try:
                checked_key(f"{name}/{aggregation}", "metric")
            except RunError as error:
                raise EvaluationError(f"a score can't be called so: {error}") from None

    def _checked(self, feedback: Feedback) -> Feedback:
        name = self.name if feedback.name == _UNNAMED else feedback.name
        self.check_name(name)
        value = _python_value(feedback.value)
        if isinstance(value, int | float) and not _is_countable(value):
            return replace(feedback, name=name, value=None, error=_error_of(name, value))
        return replace(feedback, name=name, value=value)


_UNNAMED = Feedback().name


def _python_value(value: Any) -> Any:
    """Return NumPy's own numbers and booleans as Python's."""
    return value.item() if hasattr(value, "item") and hasattr(value, "dtype") else value


def _is_countable(value: float) -> bool:
    return math.isfinite(value) if isinstance(value, float) else abs(value) < _MAX_INTEGER


def _error_of(name: str, value: float) -> AssessmentError:
    said = value if isinstance(value, float) else f"an integer of {value.bit_length()} bits"
    return AssessmentError("ValueError", f"the score {name!r} is {said}; a number must be finite and below 2**63")


def _is_required(parameter: inspect.Parameter) -> bool:
    return parameter.default is parameter.empty and parameter.kind not in {
        parameter.VAR_KEYWORD,
        parameter.VAR_POSITIONAL,
    }


class FunctionScorer(Scorer):
    """A function made a scorer by `@scorer`; called, it is still the function."""

    _function: Callable[..., Any] = PrivateAttr()

    def __init__(self, function: Callable[..., Any], **fields: Any) -> None:
        super().__init__(**fields)
        self._function = function

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        return self._parameters_of(self._function)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._function(*args, **kwargs)


@overload
def scorer(
    func: Callable[..., Any],
    *,
    name: str | None = None,
    description: str | None = None,
    aggregations: list[Aggregation] | None = None,
    pass_if: Callable[[Any], bool] | None = None,
    timeout: float | None = None,
) -> Scorer: ...


@overload
def scorer(
    func: None = None,
    *,
    name: str | None = None,
    description: str | None = None,
    aggregations: list[Aggregation] | None = None,
    pass_if: Callable[[Any], bool] | None = None,
    timeout: float | None = None,
) -> Callable[[Callable[..., Any]], Scorer]: ...


def scorer(
    func: Callable[..., Any] | None = None,
    *,
    name: str | None = None,
    description: str | None = None,
    aggregations: list[Aggregation] | None = None,
    pass_if: Callable[[Any], bool] | None = None,
    timeout: float | None = None,
) -> Scorer | Callable[[Callable[..., Any]], Scorer]:
    """Make a function a scorer.

    Args:
        func: A function, plain or `async`, with any of the parameters `inputs`, `outputs`, `expectations` and
            `trace`; see `Scorer` for what it may return.
        name: The scorer's name; the function's by default.
        description: What is scored; the function's docstring by default.
        aggregations: See `Scorer`.
        pass_if: Whether a value passes, e.g. `lambda value: value >= 0.8`.
        timeout: Seconds that one call may take.

    Returns:
        The scorer, or a decorator if there is no function yet.

    Raises:
        EvaluationError: If the function requires another parameter.

    Example:
        >>> @scorer(aggregations=["mean", "p90"])
        ... def length(outputs: str) -> int:
        ...     return len(outputs)
        >>> length(outputs="four")
        4
    """

    def decorate(function: Callable[..., Any]) -> Scorer:
        made = FunctionScorer(
            function,
            name=name or getattr(function, "__name__", type(function).__name__),
            description=description or inspect.getdoc(function),
            aggregations=aggregations,
            pass_if=pass_if,
            timeout=timeout,
        )
        _ = made.parameters  # a wrong one is told here, not in the evaluation
        return made

    return decorate if func is None else decorate(func)
