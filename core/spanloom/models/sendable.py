"""Answers of a model for the process that asked for them, which does not know the model's own classes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from pydantic import BaseModel

from spanloom.errors import ModelError
from spanloom.models.code_import import is_private, public_name

__all__ = ["sendable"]


def sendable(value: Any) -> Any:
    """Return an answer with the fields of pydantic models and dataclasses of the model's code in place of these.

    Raises:
        ModelError: If it has an object of another class of the model's code.
    """
    if isinstance(value, Mapping):
        return {key: sendable(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [sendable(part) for part in value]
    kind = value if isinstance(value, type) else type(value)
    if not is_private(kind.__module__):
        return value
    if isinstance(value, BaseModel):
        return sendable(dict(value))
    if isinstance(value, Enum):
        return sendable(value.value)
    if is_dataclass(value) and not isinstance(value, type):
        return {entry.name: sendable(getattr(value, entry.name)) for entry in fields(value)}
    name = ".".join(filter(None, [public_name(kind.__module__), kind.__qualname__]))
    raise ModelError(
        f"the model answered with {name}, a class of its own code, which only the process that asked it has: answer "
        "with plain data, a dataclass or a pydantic model"
    )
