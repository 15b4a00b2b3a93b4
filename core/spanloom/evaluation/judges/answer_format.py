"""The form of a judge's answer: the JSON Schema that is asked for, and reading what came."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, get_args, get_origin

from pydantic import TypeAdapter, ValidationError

from spanloom.errors import EvaluationError

__all__ = ["YES_OR_NO", "AnswerError", "AnswerFormat", "Judgement"]

_OBJECT = re.compile(r'\{\s*"')
_DECODER = json.JSONDecoder()
_MOST_LOOKS = 50

YES_OR_NO: Any = Literal["yes", "no"]


class AnswerError(ValueError):
    """An answer is no judgement; the message says why, to the model that gave it."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a model said."""

    value: Any
    rationale: str


@dataclass(frozen=True)
class AnswerFormat:
    """The form of an answer whose value is of a type.

    Attributes:
        value_type: As `Feedback` values are: `bool`, `int`, `float`, `str`, a `Literal` of texts, `None` beside one of
            these, or lists and dictionaries of them.
    """

    value_type: Any

    @cached_property
    def value_schema(self) -> dict[str, Any]:
        """The JSON Schema of the value.

        Raises:
            EvaluationError: If the type has none, or is a class of your own.
        """
        try:
            schema = self._adapter.json_schema()
        except Exception as error:
            raise self._unsupported() from error
        if not schema or "$defs" in schema or "properties" in schema:
            raise self._unsupported()
        return schema

    @cached_property
    def response_format(self) -> dict[str, Any]:
        """The same for chat completions (https://platform.openai.com/docs/guides/structured-outputs)."""
        properties = {"rationale": {"type": "string"}, "result": self.value_schema}  # first why, then what
        schema = {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }
        strict = "additionalProperties" not in json.dumps(self.value_schema)  # strict mode knows no free keys
        return {"type": "json_schema", "json_schema": {"name": "judgement", "strict": strict, "schema": schema}}

    def read(self, text: str) -> Judgement:
        """Read an answer, which may have other text around its JSON, such as a fence or thoughts.

        Raises:
            AnswerError: If there is no judgement in it.
        """
        found = _last_object(text)
        if found is None:
            raise AnswerError('there is no JSON object with "result" in it')
        try:
            value = self._adapter.validate_python(self._spelled(found["result"]))
        except ValidationError as error:
            problem = error.errors(include_url=False, include_context=False)[0]["msg"]
            raise AnswerError(f'"result" is {json.dumps(found["result"])}: {problem}') from None
        return Judgement(value, str(found.get("rationale") or ""))

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        try:
            return TypeAdapter(self.value_type)
        except Exception as error:
            raise self._unsupported() from error

    def _spelled(self, value: Any) -> Any:
        """Return a choice as the type spells it: models write `Yes` for `yes`."""
        if isinstance(value, str) and get_origin(self.value_type) is Literal:
            said = value.strip().casefold()
            return next((choice for choice in get_args(self.value_type) if str(choice).casefold() == said), value)
        return value

    def _unsupported(self) -> EvaluationError:
        return EvaluationError(
            f"a judge can't answer with a value of type {self.value_type!r}; expected bool, int, float, str, a Literal "
            "of texts, or a list or dict of them, e.g. feedback_value_type=Literal['good', 'bad']"
        )


def _last_object(text: str) -> dict[str, Any] | None:
    """Return the last JSON object that has a result: models that think aloud come to their result at the end."""
    begins = [match.start() for match in _OBJECT.finditer(text)]
    found, end = None, 0
    # Each look costs time in proportion to the text, so a text full of braces gets a fixed number of them.
    for begin in [*begins[:1], *begins[1:][-_MOST_LOOKS:]]:
        if begin < end:
            continue  # inside the one before
        try:
            value, after = _DECODER.raw_decode(text, begin)
        except (ValueError, RecursionError):
            continue
        if "result" in value:
            found, end = value, after
    return found
