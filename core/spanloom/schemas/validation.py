"""Turns pydantic's validation errors into one `SchemaError` that names every field path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from spanloom.errors import SchemaError

__all__ = ["field_path", "schema_error", "validate"]

ModelT = TypeVar("ModelT", bound=BaseModel)

_MAX_REPORTED = 20
_MAX_QUOTED = 40


def schema_error(error: ValidationError, schema: str) -> SchemaError:
    """Describe all errors of a validation together, one line each: path, what was expected, what was given.

    Values are not quoted (they may be secret or huge), except short wrong choices such as a role.

    Example:
        A request with two wrong fields is told as::

            ResponsesAgentRequest: 2 errors
              input[0].role: should be 'user', 'assistant', 'system' or 'developer', got 'robot'
              input[2].call_id: is required but missing (given: type, name)
    """
    details = error.errors(include_url=False, include_context=False)
    lines = [_line(detail) for detail in details[:_MAX_REPORTED]]
    if len(details) > _MAX_REPORTED:
        lines.append(f"and {len(details) - _MAX_REPORTED} more")
    count = "1 error" if len(details) == 1 else f"{len(details)} errors"
    return SchemaError("\n  ".join([f"{schema}: {count}", *lines]))


def validate(value: object, schema: type[ModelT]) -> ModelT:
    """Return `value` as a `schema`: an instance as it is, a mapping or another library's model validated.

    Raises:
        SchemaError: The value does not fit.
    """
    if isinstance(value, schema):
        return value
    try:
        return schema.model_validate(_fields(value, schema.__name__))
    except ValidationError as error:
        raise schema_error(error, schema.__name__) from None  # pydantic's own text quotes values


def _fields(value: object, schema: str) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, BaseModel):
        return value.model_dump(exclude_none=True)
    raise SchemaError(f"{schema}: the whole value should be a dict or a {schema}, got {_type_name(value)}")


def field_path(location: Iterable[str | int]) -> str:
    """Render pydantic's error location as `input[0].content[1].text`, without the tags of unions."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        elif not part.startswith("<"):  # the tags of our own unions are written `<message>`
            path += f".{part}" if path else part
    return path or "(the whole value)"


def _line(detail: ErrorDetails) -> str:
    path, kind, value = field_path(detail["loc"]), detail["type"], detail["input"]
    if kind == "missing":
        return f"{path}: is required but missing{_given_keys(value)}"
    expected = detail["msg"].removeprefix("Value error, ").replace("Input should", "should")
    if kind == "string_unicode":
        return f"{path}: should be text that UTF-8 can encode, got a str with lone surrogates"
    if kind in {"literal_error", "schema_type"} and isinstance(value, str):
        return f"{path}: {expected}, got {value[:_MAX_QUOTED]!r}"
    if kind == "value_error":  # a rule of ours, which speaks of several fields
        return f"{path}: {expected}"
    if kind == "too_short":
        return f"{path}: should not be empty, got an empty {_type_name(value)}"
    return f"{path}: {expected}, got {_type_name(value)}"


def _given_keys(value: Any) -> str:
    if not isinstance(value, dict) or not value:
        return ""
    keys = ", ".join(str(key)[:_MAX_QUOTED] for key in list(value)[:10])
    return f" (given: {keys})"


def _type_name(value: object) -> str:
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
