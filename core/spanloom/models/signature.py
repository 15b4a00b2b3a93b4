"""What a model takes and gives, column by column. The JSON form is MLflow's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import orjson

from spanloom.errors import DamagedModelError
from spanloom.facade import lazy_attributes

if TYPE_CHECKING:
    from spanloom.models.inference import infer_signature

__all__ = ["ModelSignature", "Spec", "infer_signature"]

__getattr__, __dir__ = lazy_attributes(__name__, {"infer_signature": "spanloom.models.inference"})  # MLflow's place

Spec = dict[str, Any]
"""The type of a value: `{"type": "array", "items": {"type": "string"}}`; with `name` and `required` if it is a
column. Types are boolean, integer, long, float, double, string, binary, datetime, object, array, map, any, tensor."""


@dataclass(frozen=True)
class ModelSignature:
    """What a model takes and gives.

    Attributes:
        inputs: The columns of its input, or one column without a name: `[{"type": "string", "required": True}]`.
        outputs: Those of its output.
        params: What `predict(data, params=...)` takes: `{"name", "type", "default", "shape"}`.
    """

    inputs: list[Spec] | None = None
    outputs: list[Spec] | None = None
    params: list[Spec] | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the form in `MLmodel`: each part is a JSON text."""
        parts = {"inputs": self.inputs, "outputs": self.outputs, "params": self.params}
        return {name: None if part is None else orjson.dumps(part).decode() for name, part in parts.items()}

    @classmethod
    def from_dict(cls, body: Any) -> Self:
        """Read that form.

        Raises:
            DamagedModelError: If it is none.
        """
        try:
            parts = {name: body.get(name) for name in ("inputs", "outputs", "params")}
            read = {name: orjson.loads(part) if part is not None else None for name, part in parts.items()}
            for part in read.values():
                for spec in part or ():
                    _check(spec)
            return cls(**read)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise DamagedModelError(f"MLmodel: the signature can't be read: {type(error).__name__}: {error}") from error


def _check(spec: Any) -> None:
    """Raise a `KeyError`, `TypeError` or `AttributeError` if this is no type."""
    kind = spec["type"]
    if kind == "array":
        _check(spec["items"])
    elif kind == "map":
        _check(spec["values"])
    elif kind == "object":
        for part in spec["properties"].values():
            _check(part)
