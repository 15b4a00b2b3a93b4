"""Scorers of answers that are JSON: texts that hold it, or data."""

from __future__ import annotations

from typing import Any

import orjson
from pydantic import Field, model_validator

from spanloom.errors import EvaluationError, extra_needed
from spanloom.evaluation.scorers.verdict import shown, verdict
from spanloom.evaluation.scoring import Scorer
from spanloom.evaluation.texts import answer_of, text_of
from spanloom.tracing.assessments import Feedback
from spanloom.tracing.snapshot import cut_text

__all__ = ["JsonMatch", "JsonSchema"]

_DIFFERENCES = 5
_MAX_SHOWN = 200


class JsonMatch(Scorer):
    """Whether the answer, read as JSON, is `expectations["expected_response"]`; the order of keys does not count.

    Attributes:
        subset: Whether objects of the answer may have more keys than expected.

    Example:
        >>> JsonMatch()(outputs='{"b": 2, "a": 1}', expectations={"expected_response": {"a": 1, "b": 2}}).value
        'yes'
    """

    name: str = "json_match"
    description: str | None = "Whether the answer is the expected JSON."
    subset: bool = False

    def __call__(self, *, outputs: Any, expectations: dict[str, Any]) -> Feedback:
        """Score one row."""
        if "expected_response" not in expectations:
            raise EvaluationError(
                f"the scorer {self.name!r} needs expectations={{'expected_response': …}}; "
                f"the row has {sorted(expectations) or 'none'}"
            )
        try:
            wanted = answer_of(expectations["expected_response"])
        except ValueError as error:
            raise EvaluationError(f"the scorer {self.name!r}: expected_response is not JSON: {error}") from None
        try:
            said = answer_of(outputs)
        except ValueError as error:
            return _not_json(self, outputs, error)
        found = _differences(wanted, said, "$", subset=self.subset)
        if found:
            more = f"; and {len(found) - _DIFFERENCES} more" if len(found) > _DIFFERENCES else ""
            return verdict(self, passed=False, rationale=f"{'; '.join(found[:_DIFFERENCES])}{more}")
        return verdict(self, passed=True, rationale="The answer is the expected JSON.")


class JsonSchema(Scorer):
    """Whether the answer is JSON that fits a JSON Schema. Needs the extra `evaluation`.

    Attributes:
        json_schema: The schema, of the draft that its `$schema` names, by default 2020-12.

    Example:
        >>> JsonSchema(json_schema={"type": "object", "required": ["city"]})(outputs='{"city": "Paris"}').value
        'yes'
    """

    name: str = "json_schema"
    description: str | None = "Whether the answer is JSON that fits a schema."
    json_schema: dict[str, Any] | bool = Field(repr=False)

    @model_validator(mode="after")
    def _check_schema(self) -> JsonSchema:
        with extra_needed("JsonSchema", "evaluation", "jsonschema"):
            from jsonschema import SchemaError, validators  # type: ignore[import-untyped] # it brings no types
        try:
            validators.validator_for(self.json_schema, validators.Draft202012Validator).check_schema(self.json_schema)
        except SchemaError as error:
            raise ValueError(
                f"JsonSchema(json_schema=…) is no JSON Schema: {error.json_path}: {error.message}"
            ) from None
        return self

    def __call__(self, *, outputs: Any) -> Feedback:
        """Score one row."""
        from jsonschema import validators

        try:
            said = answer_of(outputs)
        except ValueError as error:
            return _not_json(self, outputs, error)
        validator = validators.validator_for(self.json_schema, validators.Draft202012Validator)(self.json_schema)
        found = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(said)]
        if found:
            return verdict(self, passed=False, rationale="; ".join(found[:_DIFFERENCES]))
        return verdict(self, passed=True, rationale="The answer fits the schema.")


def _not_json(scorer: Scorer, outputs: Any, error: ValueError) -> Feedback:
    return verdict(scorer, passed=False, rationale=f"The answer is not JSON ({error}): {shown(text_of(outputs))}")


def _differences(wanted: Any, said: Any, path: str, *, subset: bool) -> list[str]:
    if isinstance(wanted, dict) and isinstance(said, dict):
        found = [f"{path}.{key} is missing" for key in wanted if key not in said]
        if not subset:
            found += [f"{path}.{key} was not expected" for key in said if key not in wanted]
        common = [key for key in wanted if key in said]
        return found + [
            text for key in common for text in _differences(wanted[key], said[key], f"{path}.{key}", subset=subset)
        ]
    if isinstance(wanted, list) and isinstance(said, list) and len(wanted) == len(said):
        pairs = enumerate(zip(wanted, said, strict=True))
        return [text for at, (w, s) in pairs for text in _differences(w, s, f"{path}[{at}]", subset=subset)]
    # In Python, True is 1.
    if wanted == said and isinstance(wanted, bool) is isinstance(said, bool):
        return []
    return [f"{path} is {_json(said)}, expected {_json(wanted)}"]


def _json(value: Any) -> str:
    return cut_text(orjson.dumps(value).decode(), _MAX_SHOWN)
