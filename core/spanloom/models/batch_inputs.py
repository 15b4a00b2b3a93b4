"""What a batch is asked, from wherever it comes: a list, a DataFrame, a file."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

import orjson

from spanloom.errors import ModelError, extra_needed
from spanloom.models.frames import all_cells, is_frame

__all__ = ["batch_inputs"]


def batch_inputs(data: Any) -> list[Any]:
    """Return the inputs, one for each answer.

    Args:
        data: Inputs, a DataFrame with one in each row, or the path of a file: `.jsonl` with a JSON value in each line,
            `.parquet` with one input in each row.

    Raises:
        ModelError: If there is no such file, or it can't be understood; the message says where.
        MissingExtraError: If it is a parquet file, and what reads it is not installed.
    """
    if is_frame(data):
        return all_cells(data)
    if not isinstance(data, str | os.PathLike):
        return list(data)
    path = Path(data)
    if path.suffix not in {".jsonl", ".parquet"}:
        raise ModelError(f"{path}: expected a file of inputs, .jsonl or .parquet; a single input goes into a list")
    if not path.is_file():
        raise ModelError(f"there is no file {path}")
    return _json_lines(path) if path.suffix == ".jsonl" else _parquet_rows(path)


def _json_lines(path: Path) -> list[Any]:
    inputs = []
    for number, line in enumerate(path.read_bytes().splitlines(), start=1):
        if line.strip():
            try:
                inputs.append(orjson.loads(line))
            except orjson.JSONDecodeError as error:
                raise ModelError(f"{path}, line {number}: this is not JSON: {error}") from None
    return inputs


def _parquet_rows(path: Path) -> list[Any]:
    with extra_needed("A parquet file of inputs", "parquet", "pandas", "pyarrow"):
        importlib.import_module("pyarrow")
        pandas: Any = importlib.import_module("pandas")
    try:
        return all_cells(pandas.read_parquet(path, engine="pyarrow"))
    except (OSError, ValueError) as error:  # those of pyarrow are ValueErrors
        raise ModelError(f"{path}: {error}") from error
