"""Answers of a model as values of a Spark type."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson
from pyspark.sql.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    ByteType,
    DataType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    MapType,
    ShortType,
    StringType,
    StructType,
)

from spanloom.errors import ModelError, SchemaError
from spanloom.evaluation.texts import text_of
from spanloom.models.rows import Answer
from spanloom.models.signature import ModelSignature

__all__ = ["check_type", "column_type", "spark_value"]

_ERROR: Final = "error"

_TYPES: Final[dict[str, type[DataType]]] = {
    "boolean": BooleanType,
    "integer": LongType,
    "long": LongType,
    "float": DoubleType,
    "double": DoubleType,
    "string": StringType,
}
"""By what signatures call them."""


def column_type(signature: ModelSignature | None) -> DataType:
    """Return the type of what a model with one output of a simple type gives; otherwise it is a text."""
    outputs = signature.outputs if signature is not None else None
    kind = _TYPES.get(outputs[0]["type"], StringType) if outputs and len(outputs) == 1 else StringType
    return kind()


def check_type(kind: DataType) -> None:
    """Check that answers can be made values of this type.

    Raises:
        ModelError: If not; the message names the part that is to blame.
    """
    if isinstance(kind, StructType):
        for field in kind.fields:
            check_type(field.dataType)
    elif isinstance(kind, ArrayType):
        check_type(kind.elementType)
    elif isinstance(kind, MapType) and isinstance(kind.keyType, StringType):
        check_type(kind.valueType)
    elif type(kind) not in _FITTING or isinstance(kind, MapType):
        raise ModelError(
            f"spark_udf(): answers can't be {kind.simpleString()}; expected string, boolean, binary, whole and "
            "floating numbers, and arrays, structs and maps (by strings) of these: take a string, and let Spark cast it"
        )


def spark_value(answer: Answer, kind: DataType) -> Any:
    """Return an answer as a value of this type. A struct with a field `error` says there what went wrong.

    Raises:
        BaseException: What went wrong, if the type can't say so.
    """
    error = answer.error
    if error is None:
        try:
            return _struct(answer.value, kind) if isinstance(kind, StructType) else _whole(answer.value, kind)
        except Exception as raised:
            error = raised
    if not isinstance(kind, StructType) or not _tells_errors(kind):
        raise error
    return dict.fromkeys(kind.names) | {_ERROR: f"{type(error).__name__}: {error}"}


def _tells_errors(kind: StructType) -> bool:
    return _ERROR in kind.names and isinstance(kind[_ERROR].dataType, StringType)


def _struct(value: Any, kind: StructType) -> dict[str, Any]:
    """Fill the fields by name; `output_text` is an answer's text. A value without names is that of the only field."""
    known = {"output_text": text_of(value), **value} if isinstance(value, Mapping) else {}
    empty = {_ERROR: None} if _tells_errors(kind) else {}
    wanted = [field for field in kind.fields if field.name not in empty]
    if len(wanted) == 1 and wanted[0].name not in known:
        return empty | {wanted[0].name: _whole(value, wanted[0].dataType)}
    if not isinstance(value, Mapping):
        raise SchemaError(f"the model answered {type(value).__name__}, which has no {', '.join(kind.names)}")
    return empty | {field.name: _fitted(known.get(field.name), field.dataType, field.name) for field in wanted}


def _whole(value: Any, kind: DataType) -> Any:
    if value is not None and isinstance(kind, StringType):
        return text_of(value)
    return _fitted(value, kind, "the answer")


def _fitted(value: Any, kind: DataType, path: str) -> Any:
    return None if value is None else _FITTING[type(kind)](value, kind, path)


def _text(value: Any, _kind: Any, _path: str) -> str:
    return value if isinstance(value, str) else orjson.dumps(value, default=str).decode()


def _fields(value: Any, kind: Any, path: str) -> dict[str, Any]:
    found = _expected(value, Mapping, kind, path)
    return {field.name: _fitted(found.get(field.name), field.dataType, f"{path}.{field.name}") for field in kind.fields}


def _entries(value: Any, kind: Any, path: str) -> dict[str, Any]:
    found = _expected(value, Mapping, kind, path)
    return {str(key): _fitted(part, kind.valueType, f"{path}.{key}") for key, part in found.items()}


def _elements(value: Any, kind: Any, path: str) -> list[Any]:
    parts = _expected(value, (list, tuple), kind, path)
    return [_fitted(part, kind.elementType, f"{path}[{index}]") for index, part in enumerate(parts)]


def _whole_number(value: Any, kind: Any, path: str) -> int:
    number = int(_expected(value, int, kind, path))
    if number.bit_length() >= _BITS[type(kind)]:
        raise SchemaError(f"{path}: {number} is too large for {kind.simpleString()}")
    return number


def _number(value: Any, kind: Any, path: str) -> float:
    return float(_expected(value, (int, float), kind, path))


def _boolean(value: Any, kind: Any, path: str) -> Any:
    return _expected(value, bool, kind, path)


def _bytes(value: Any, kind: Any, path: str) -> Any:
    return _expected(value, bytes, kind, path)


def _expected(value: Any, wanted: Any, kind: DataType, path: str) -> Any:
    if not isinstance(value, wanted):
        raise SchemaError(f"{path}: should be {kind.simpleString()}, got {type(value).__name__}")
    return value


_BITS: Final[dict[type[DataType], int]] = {ByteType: 8, ShortType: 16, IntegerType: 32, LongType: 64}

_FITTING: Final[dict[type[DataType], Callable[[Any, Any, str], Any]]] = {
    ArrayType: _elements,
    BinaryType: _bytes,
    BooleanType: _boolean,
    DoubleType: _number,
    FloatType: _number,
    MapType: _entries,
    StringType: _text,
    StructType: _fields,
    **dict.fromkeys(_BITS, _whole_number),
}
