"""The signature that the annotations of a function tell, in MLflow's form."""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Callable
from datetime import datetime
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from spanloom.models.signature import ModelSignature, Spec

__all__ = ["input_hint", "signature_of_hints"]

_SCALARS = {bool: "boolean", int: "long", float: "double", str: "string", bytes: "binary", datetime: "datetime"}
_OWN = {"self", "context", "params"}


def input_hint(function: Callable[..., Any]) -> Any:
    """Return the annotation of the argument that takes the data, `Any` if it has none.

    Names that can't be found (imported for type checkers only) count as no annotation.
    """
    names = [name for name in inspect.signature(function).parameters if name not in _OWN]
    return _hints(function).get(names[0], Any) if names else Any


def signature_of_hints(function: Callable[..., Any]) -> ModelSignature | None:
    """Return the signature of a function whose data is annotated as a list, `None` for every other.

    Example:
        >>> def shout(texts: list[str]) -> list[str]: ...
        >>> signature_of_hints(shout).inputs
        [{'type': 'string', 'required': True}]
    """
    hint = input_hint(function)
    if get_origin(hint) is not list:
        return None
    returned = _hints(function).get("return", Any)
    outputs = [_column(get_args(returned)[0])] if get_origin(returned) is list else None
    return ModelSignature(inputs=[_column(get_args(hint)[0])], outputs=outputs)


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function)
    except (NameError, TypeError):
        return {}


def _column(hint: Any) -> Spec:
    spec, optional = _spec(hint)
    return {**spec, "required": not optional}


def _spec(hint: Any) -> tuple[Spec, bool]:
    """Return the type, and whether it may be left out."""
    if hint in _SCALARS:
        return {"type": _SCALARS[hint]}, False
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        others = [argument for argument in arguments if argument is not type(None)]
        optional = len(others) < len(arguments)
        return (_spec(others[0])[0] if len(others) == 1 else {"type": "any"}), optional
    if origin is list:
        return {"type": "array", "items": _spec(arguments[0])[0]}, False
    if origin is dict:
        return {"type": "map", "values": _spec(arguments[1])[0]}, False
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        properties = {name: _column(entry.annotation) for name, entry in sorted(hint.model_fields.items())}
        return {"type": "object", "properties": properties}, False
    return {"type": "any"}, False
