"""What fields the records of a dataset have, in the words of MLflow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from spanloom.evaluation.datasets.record import DatasetRecord

__all__ = ["schema_of"]

_TYPES: Final = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "float",
    str: "string",
    list: "array",
    dict: "object",
}


def schema_of(records: Iterable[DatasetRecord]) -> dict[str, Any]:
    """Return the type of each input, output and expectation by its name; the first value of a name counts.

    Example:
        >>> schema_of(dataset.records)["inputs"]
        {"question": "string"}
    """
    schema: dict[str, Any] = {"inputs": {}, "outputs": {}, "expectations": {}, "version": "1.0"}
    for record in records:
        for name in ("inputs", "outputs", "expectations"):
            part = getattr(record, name)
            if isinstance(part, dict) and isinstance(schema[name], dict):
                schema[name] = {key: _TYPES[type(value)] for key, value in part.items()} | schema[name]
            elif part is not None and not schema[name]:
                schema[name] = _TYPES[type(part)]
    return schema
