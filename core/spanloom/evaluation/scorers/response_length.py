"""The scorer of how long an answer is."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from spanloom.evaluation.scorers.verdict import verdict
from spanloom.evaluation.scoring import Scorer
from spanloom.evaluation.texts import text_of
from spanloom.tracing.assessments import Feedback

__all__ = ["ResponseLength"]


class ResponseLength(Scorer):
    """Whether the length of the answer is within bounds. Names, arguments and values are MLflow's.

    Attributes:
        min_length: The least, inclusive.
        max_length: The most, inclusive.
        unit: `chars` or `words`.

    Example:
        >>> ResponseLength(max_length=3, unit="words")(outputs="Paris, of course.").value
        'yes'
    """

    name: str = "response_length"
    description: str | None = "Whether the length of the answer is within bounds."
    min_length: int | None = Field(default=None, ge=0)
    max_length: int | None = Field(default=None, ge=0)
    unit: Literal["chars", "words"] = "chars"

    @model_validator(mode="after")
    def _check_bounds(self) -> Self:
        if self.min_length is None and self.max_length is None:
            raise ValueError("ResponseLength needs min_length, max_length or both")
        if self.min_length is not None and self.max_length is not None and self.min_length > self.max_length:
            raise ValueError(f"ResponseLength: min_length {self.min_length} is more than max_length {self.max_length}")
        return self

    def __call__(self, *, outputs: Any) -> Feedback:
        """Score one row."""
        text = text_of(outputs)
        length = len(text.split()) if self.unit == "words" else len(text)
        if self.min_length is not None and length < self.min_length:
            return verdict(self, passed=False, rationale=f"{length} {self.unit}, at least {self.min_length} expected.")
        if self.max_length is not None and length > self.max_length:
            return verdict(self, passed=False, rationale=f"{length} {self.unit}, at most {self.max_length} expected.")
        return verdict(self, passed=True, rationale=f"{length} {self.unit}, within bounds.")
