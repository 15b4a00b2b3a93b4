"""Scorers that compare the text of an answer: with what is expected, or with a pattern."""

from __future__ import annotations

import re
from functools import cached_property
from typing import Any, Literal, Self

from pydantic import model_validator

from spanloom.errors import EvaluationError
from spanloom.evaluation.scorers.verdict import shown, verdict
from spanloom.evaluation.scoring import Scorer
from spanloom.evaluation.texts import text_of
from spanloom.tracing.assessments import Feedback

__all__ = ["Contains", "ExactMatch", "RegexMatch"]


class ExactMatch(Scorer):
    """Whether the answer is `expectations["expected_response"]`; white space around either does not count.

    Attributes:
        case_insensitive: Whether capitals do not count, either.

    Example:
        >>> ExactMatch()(outputs="Paris", expectations={"expected_response": "Paris"}).value
        'yes'
    """

    name: str = "exact_match"
    description: str | None = "Whether the answer is the expected one."
    case_insensitive: bool = False

    def __call__(self, *, outputs: Any, expectations: dict[str, Any]) -> Feedback:
        """Score one row."""
        if "expected_response" not in expectations:
            raise _missing(self, "'expected_response': …", expectations)
        said, wanted = text_of(outputs).strip(), text_of(expectations["expected_response"]).strip()
        if said == wanted or (self.case_insensitive and said.casefold() == wanted.casefold()):
            return verdict(self, passed=True, rationale=f"The answer is {shown(wanted)}.")
        return verdict(self, passed=False, rationale=f"Expected {shown(wanted)}, got {shown(said)}.")


class RegexMatch(Scorer):
    """Whether the answer matches a regular expression. Names, arguments and values are those of MLflow's `RegexMatch`.

    Attributes:
        pattern: In Python's syntax.
        match_type: `search` for a match anywhere, `fullmatch` for one of the whole text.
        case_insensitive: Whether capitals do not count.

    Example:
        >>> RegexMatch(pattern=r"^Answer:")(outputs="Answer: 42").value
        'yes'
    """

    name: str = "regex_match"
    description: str | None = "Whether the answer matches a regular expression."
    pattern: str
    match_type: Literal["search", "fullmatch"] = "search"
    case_insensitive: bool = False

    @model_validator(mode="after")
    def _check_pattern(self) -> Self:
        try:
            _ = self._compiled
        except re.error as error:
            raise ValueError(f"RegexMatch(pattern={self.pattern!r}) is no regular expression: {error}") from error
        return self

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self.pattern, re.IGNORECASE if self.case_insensitive else 0)

    def __call__(self, *, outputs: Any) -> Feedback:
        """Score one row."""
        text = text_of(outputs)
        found = self._compiled.search(text) if self.match_type == "search" else self._compiled.fullmatch(text)
        if found is None:
            return verdict(self, passed=False, rationale=f"No match of {self.pattern!r} in {shown(text)}.")
        return verdict(self, passed=True, rationale=f"{self.pattern!r} matches {shown(found[0])}.")


class Contains(Scorer):
    """Whether the answer contains every one of some texts.

    Attributes:
        texts: What it must contain; by default `expectations["expected_facts"]`, or else `["expected_response"]`.
        case_insensitive: Whether capitals do not count.

    Example:
        >>> Contains(texts=["Paris", "Seine"])(outputs="Paris is on the Seine.").value
        'yes'
    """

    name: str = "contains"
    description: str | None = "Whether the answer contains what it must."
    texts: str | list[str] | None = None
    case_insensitive: bool = False

    def __call__(self, *, outputs: Any, expectations: dict[str, Any] | None = None) -> Feedback:
        """Score one row."""
        wanted = self._wanted(expectations or {})
        said = self._folded(text_of(outputs))
        missing = [text for text in wanted if self._folded(text) not in said]
        if missing:
            listed = ", ".join(map(shown, missing))
            return verdict(self, passed=False, rationale=f"Missing in the answer: {listed}.")
        return verdict(self, passed=True, rationale=f"The answer contains {', '.join(map(shown, wanted))}.")

    def _wanted(self, expectations: dict[str, Any]) -> list[str]:
        wanted = self.texts or expectations.get("expected_facts") or expectations.get("expected_response")
        if not wanted:
            raise _missing(self, "'expected_facts': [...]", expectations)
        return [text_of(text) for text in wanted] if isinstance(wanted, list) else [text_of(wanted)]

    def _folded(self, text: str) -> str:
        return text.casefold() if self.case_insensitive else text


def _missing(scorer: Scorer, wanted: str, expectations: dict[str, Any]) -> EvaluationError:
    return EvaluationError(
        f"the scorer {scorer.name!r} needs expectations={{{wanted}}}; the row has {sorted(expectations) or 'none'}"
    )
