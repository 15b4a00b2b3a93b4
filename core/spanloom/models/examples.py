"""The input example of a model, as files that MLflow and its servers read."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import orjson
from pydantic import BaseModel

from spanloom.errors import DamagedModelError, ModelError
from spanloom.models.frames import cells, is_frame, plain, records
from spanloom.models.model_file import Model
from spanloom.models.secret_check import refuse_named_secrets
from spanloom.models.signature import Spec
from spanloom.models.typed_values import typed_columns, typed_frame

__all__ = ["Example", "read_example", "write_example"]

INPUT: Final = "input_example.json"
SERVING_INPUT: Final = "serving_input_example.json"
_PAIR: Final = 2


@dataclass(frozen=True)
class Example:
    """An example of what a model is called with.

    Attributes:
        data: The data.
        params: The parameters.
    """

    data: Any
    params: dict[str, Any] | None = None

    @classmethod
    def of(cls, given: Any) -> Example:
        """Read what `save_model(input_example=...)` takes: data, or a pair of data and parameters."""
        if isinstance(given, tuple) and len(given) == _PAIR and isinstance(given[1], dict):
            return cls(*given)
        return cls(given)


def write_example(folder: Path, example: Example, *, is_request: bool) -> dict[str, Any]:
    """Write both files, and return what `MLmodel` says about them.

    Args:
        folder: The model's folder.
        example: The example.
        is_request: Whether it is the request of an agent, which servers take as it is.

    Raises:
        ModelError: If it is no JSON, or holds a secret.
    """
    info: dict[str, Any] = {"artifact_path": INPUT, "serving_input_path": SERVING_INPUT, "type": "json_object"}
    data: Any = example.data
    if isinstance(data, BaseModel):
        data = data.model_dump(exclude_none=True)
    refuse_named_secrets("input_example", records(data) if is_frame(data) else plain(data))
    if is_frame(data):
        data = {"columns": [str(name) for name in data.columns], "data": cells(data)}
        info |= {"type": "dataframe", "pandas_orient": "split"}
        serving: Any = {"dataframe_split": data}
    else:
        data = plain(data)
        serving = data if is_request else {"inputs": data}
    whole = data
    if example.params is not None:
        whole = {"inputs": data, "params": example.params}
        serving = {**serving, "params": example.params}
        info["params"] = "true"
    (folder / INPUT).write_bytes(_json(whole))
    (folder / SERVING_INPUT).write_bytes(_json(serving))
    return info


def read_example(folder: Path, model: Model) -> Any:
    """Return the data of a model's input example, of the types that the signature names, or `None`.

    Raises:
        DamagedModelError: If its file can't be read.
    """
    info = model.saved_input_example_info
    if not info:
        return None
    try:
        value = orjson.loads((folder / info["artifact_path"]).read_bytes())
        value = value["inputs"] if info.get("params") else value
        columns = (model.signature and model.signature.inputs) or []
        value = _frame(value, columns) if info.get("type") == "dataframe" else typed_columns(columns, value)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedModelError(f"the input example of the model can't be read: {error}") from error
    return value


def _frame(split: dict[str, Any], columns: list[Spec]) -> Any:
    """Return the DataFrame; without pandas, its rows."""
    if find_spec("pandas") is not None:
        return typed_frame(columns, split["columns"], split["data"])
    return typed_columns(columns, [dict(zip(split["columns"], row, strict=True)) for row in split["data"]])


def _json(value: Any) -> bytes:
    try:
        return orjson.dumps(value, default=_as_mlflow_writes_it, option=orjson.OPT_INDENT_2)
    except TypeError as error:
        raise ModelError(f"input_example: no JSON can be made of it: {error}") from error


def _as_mlflow_writes_it(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.encodebytes(value).decode()
    if isinstance(value, date):  # pandas has a class of its own
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no JSON value")
