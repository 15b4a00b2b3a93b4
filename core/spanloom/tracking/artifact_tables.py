"""`spanloom.log_table` and `spanloom.load_table`: tables as JSON files, in the layout that MLflow writes."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import select

from spanloom.errors import ArtifactError, extra_needed
from spanloom.store.records import reading, writing
from spanloom.tracing.settings import settings
from spanloom.tracking.artifact_logging import folder_of
from spanloom.tracking.artifacts import run_artifacts
from spanloom.tracking.files import safe_path, write_file
from spanloom.tracking.tables import RUNS, SCHEMA

__all__ = ["load_table", "log_table"]


def log_table(data: Any, artifact_file: str, run_id: str | None = None) -> None:
    """Keep a table as a JSON file of the run; rows are added to those that the file holds already.

    Args:
        data: `{column: values}`, a list of `{column: value}`, or a pandas DataFrame. A single value, instead of a list
            of them, stands in every row.
        artifact_file: Its name inside the artifacts, ending in `.json`.
        run_id: The run; by default the active one, or a new one where none is active.

    Raises:
        ArtifactError: If the columns differ in length, or the file can't be written.
        NotFoundError: If there is no such run.

    Example:
        >>> spanloom.log_table({"question": ["2 + 2?"], "answer": ["4"]}, "answers.json")
    """
    if not artifact_file.endswith(".json"):
        raise ArtifactError(f"log_table({artifact_file!r}): tables are JSON files; expected a name that ends in .json")
    added = _rows(data)
    folder = folder_of(run_id)
    path = safe_path(folder, artifact_file)
    with writing(SCHEMA) as connection:  # the lock of those who add to one table at the same time
        connection.execute(select(RUNS.c.run_id).where(RUNS.c.run_id == folder.name).with_for_update())
        present = _read(path.read_bytes(), artifact_file) if path.exists() else []
        write_file(folder, artifact_file, _table([*present, *added], artifact_file))


def load_table(
    artifact_file: str, run_ids: Sequence[str] | None = None, extra_columns: Sequence[str] | None = None
) -> Any:
    """Return the tables that runs logged under one name as one pandas DataFrame.

    Args:
        artifact_file: The name that `log_table` was given.
        run_ids: The runs, by default those of the experiment that is set; those without such a table are left out.
        extra_columns: `["run_id"]`, to see whose row it is.

    Raises:
        ArtifactError: If none of the runs has it, or another column is asked for.
        MissingExtraError: If pandas is not installed.
    """
    unknown = set(extra_columns or ()) - {"run_id"}
    if unknown:
        raise ArtifactError(f"load_table(extra_columns=…): expected 'run_id' at most, got {min(unknown)!r}")
    rows, found = [], False
    for run_id in _runs() if run_ids is None else run_ids:
        path = safe_path(run_artifacts(run_id), artifact_file)
        if path.exists():
            found = True
            more = {"run_id": run_id} if extra_columns else {}
            rows += [{**row, **more} for row in _read(path.read_bytes(), artifact_file)]
    if not found:
        raise ArtifactError(f"none of these runs has a table {artifact_file!r}")
    with extra_needed("load_table", "pandas", "pandas"):
        pandas = importlib.import_module("pandas")  # its type stubs are a package of their own
    return pandas.DataFrame(rows)


def _runs() -> Sequence[str]:
    asked = select(RUNS.c.run_id).where(RUNS.c.experiment == settings.experiment).order_by(RUNS.c.start_time)
    with reading(SCHEMA) as connection:
        return connection.scalars(asked).all()


def _rows(data: Any) -> list[dict[str, Any]]:
    if hasattr(data, "to_dict") and hasattr(data, "columns"):
        data = data.to_dict(orient="records")
    if not isinstance(data, Mapping):
        return [dict(row) for row in data]
    lists = {key: list(values) for key, values in data.items() if isinstance(values, list | tuple)}
    lengths = {len(values) for values in lists.values()} or {1}
    if len(lengths) > 1:
        found = ", ".join(f"{key}: {len(values)}" for key, values in lists.items())
        raise ArtifactError(f"log_table: columns of one length are expected, got {found}")
    count = lengths.pop()
    columns = {key: lists.get(key, [value] * count) for key, value in data.items()}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _table(rows: Sequence[Mapping[str, Any]], name: str) -> bytes:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    table = {"columns": columns, "data": [[row.get(column) for column in columns] for row in rows]}
    try:
        return orjson.dumps(table, option=orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS, default=str)
    except TypeError as error:
        raise ArtifactError(f"log_table({name!r}): no JSON can be made of this: {error}") from error


def _read(content: bytes, name: str) -> list[dict[str, Any]]:
    try:
        table = orjson.loads(content)
        return [dict(zip(table["columns"], row, strict=True)) for row in table["data"]]
    except (ValueError, KeyError, TypeError) as error:
        raise ArtifactError(f"{name!r} is no table: expected JSON with `columns` and `data` ({error})") from error
