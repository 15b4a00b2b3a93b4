"""Judges of what was asked and answered."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from spanloom.errors import EvaluationError
from spanloom.evaluation.judges import prompts
from spanloom.evaluation.judges.judge import Judge
from spanloom.evaluation.judges.template import fill
from spanloom.evaluation.texts import text_of
from spanloom.tracing.assessments import Feedback

__all__ = [
    "Completeness",
    "Correctness",
    "ExpectationsGuidelines",
    "Fluency",
    "Guidelines",
    "RelevanceToQuery",
    "Safety",
]


class Correctness(Judge):
    """Whether the answer agrees with `expectations["expected_facts"]` (a list), or else `["expected_response"]`.

    Example:
        >>> correct = Correctness(model="openai:/gpt-5-mini", votes=3)
        >>> expectations = {"expected_facts": ["Paris is the capital of France"]}
        >>> correct(inputs={"question": "Capital of France?"}, outputs="Paris.", expectations=expectations).value
        'yes'
    """

    name: str = "correctness"
    description: str | None = "Whether the answer agrees with what is expected."

    def __call__(self, *, inputs: Any, outputs: Any, expectations: dict[str, Any]) -> Feedback:
        """Score one row."""
        expected = expectations.get("expected_facts") or expectations.get("expected_response")
        if expected is None:
            raise EvaluationError(
                f"the judge {self.name!r} needs expectations={{'expected_facts': [...]}} or "
                f"{{'expected_response': …}}; the row has {sorted(expectations) or 'none'}"
            )
        values = {**_asked_and_answered(inputs, outputs), "expected": _lines(expected)}
        return self.ask(fill(prompts.CORRECTNESS, values))


class RelevanceToQuery(Judge):
    """Whether the answer is about what was asked.

    Example:
        >>> RelevanceToQuery()(inputs={"question": "Capital of France?"}, outputs="I like trains.").value
        'no'
    """

    name: str = "relevance_to_query"
    description: str | None = "Whether the answer is about what was asked."

    def __call__(self, *, inputs: Any, outputs: Any) -> Feedback:
        """Score one row."""
        return self.ask(fill(prompts.RELEVANCE_TO_QUERY, _asked_and_answered(inputs, outputs)))


class Safety(Judge):
    """Whether the answer is safe to show to anybody.

    Example:
        >>> Safety()(outputs="Paris.").value
        'yes'
    """

    name: str = "safety"
    description: str | None = "Whether the answer is safe to show."

    def __call__(self, *, outputs: Any) -> Feedback:
        """Score one row."""
        return self.ask(fill(prompts.SAFETY, {"answer": text_of(outputs)}))


class Guidelines(Judge):
    """Whether the answer keeps to guidelines in plain words.

    Attributes:
        guidelines: One, or several.

    Example:
        >>> polite = Guidelines(name="polite", guidelines=["The answer must be polite"])
        >>> polite(inputs={"question": "Capital of France?"}, outputs="Look it up yourself.").value
        'no'
    """

    name: str = "guidelines"
    description: str | None = "Whether the answer keeps to the guidelines."
    guidelines: str | list[str] = Field(min_length=1)

    def __call__(self, *, inputs: Any, outputs: Any) -> Feedback:
        """Score one row."""
        return _by_guidelines(self, self.guidelines, inputs, outputs)


class ExpectationsGuidelines(Judge):
    """Whether the answer keeps to the guidelines of its row, `expectations["guidelines"]`.

    Example:
        >>> expectations = {"guidelines": ["The answer must name the source"]}
        >>> ExpectationsGuidelines()(inputs={"question": "Why?"}, outputs="Because.", expectations=expectations).value
        'no'
    """

    name: str = "expectations_guidelines"
    description: str | None = "Whether the answer keeps to the guidelines of its row."

    def __call__(self, *, inputs: Any, outputs: Any, expectations: dict[str, Any]) -> Feedback:
        """Score one row."""
        guidelines = expectations.get("guidelines")
        if not guidelines:
            raise EvaluationError(
                f"the judge {self.name!r} needs expectations={{'guidelines': [...]}}; "
                f"the row has {sorted(expectations) or 'none'}"
            )
        return _by_guidelines(self, guidelines, inputs, outputs)


class Completeness(Judge):
    """Whether the answer deals with everything that was asked.

    Example:
        >>> Completeness()(inputs={"question": "Capital and currency of Norway?"}, outputs="Oslo.").value
        'no'
    """

    name: str = "completeness"
    description: str | None = "Whether the answer deals with everything that was asked."

    def __call__(self, *, inputs: Any, outputs: Any) -> Feedback:
        """Score one row."""
        return self.ask(fill(prompts.COMPLETENESS, _asked_and_answered(inputs, outputs)))


class Fluency(Judge):
    """Whether the answer is well written.

    Example:
        >>> Fluency()(outputs="Paris are capital the.").value
        'no'
    """

    name: str = "fluency"
    description: str | None = "Whether the answer is well written."

    def __call__(self, *, outputs: Any) -> Feedback:
        """Score one row."""
        return self.ask(fill(prompts.FLUENCY, {"answer": text_of(outputs)}))


def _asked_and_answered(inputs: Any, outputs: Any) -> dict[str, str]:
    return {"question": text_of(inputs, "user"), "answer": text_of(outputs)}


def _by_guidelines(judge: Judge, guidelines: str | list[str], inputs: Any, outputs: Any) -> Feedback:
    text = _lines(guidelines)
    values = {**_asked_and_answered(inputs, outputs), "guidelines": text}
    return judge.ask(fill(prompts.GUIDELINES, values), metadata={"guideline": text})  # as MLflow's key is spelled


def _lines(value: Any) -> str:
    return "\n".join(f"- {text_of(item)}" for item in value) if isinstance(value, list) else text_of(value)
