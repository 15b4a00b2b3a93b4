"""Records in files: JSON lines, CSV and parquet."""

from __future__ import annotations

import importlib
import os
from codecs import BOM_UTF8
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import orjson

from spanloom.errors import EvaluationError, extra_needed
from spanloom.evaluation.datasets.cells import from_cells, to_cells
from spanloom.evaluation.datasets.incoming import incoming_records
from spanloom.evaluation.datasets.record import CONTENT

__all__ = ["SUFFIXES", "read_records", "write_records"]

Records = list[dict[str, Any]]

_LONGEST_CELL: Final = 2**31 - 1  # what fits a C long everywhere


def read_records(path: str | os.PathLike[str]) -> Records:
    """Return the records of a file, for `evaluate` and `merge_records`.

    Args:
        path: By its suffix: `.jsonl`, an object with `inputs`, `outputs`, `expectations`, `tags` and `source` per
            line; `.csv` with columns such as `inputs.question`, `outputs` and `expectations.expected_response` between
            commas, semicolons or tabs, whose cells are JSON or else texts; `.parquet` (extra `parquet`) with the
            columns of `to_df`, or their JSON.

    Raises:
        EvaluationError: If the file is not there or can't be understood; the message says where.
        MissingExtraError: If an extra is not installed that the format needs.

    Example:
        >>> dataset.merge_records(read_records("capitals.jsonl"))
    """
    path = Path(path)
    read, _ = _format(path)
    if not path.is_file():
        raise EvaluationError(f"there is no file {path}")
    return [{key: value for key, value in record.items() if value is not None} for record in read(path)]


def write_records(path: str | os.PathLike[str], records: Any) -> None:
    """Write records into a file that `read_records` reads; one that is there is replaced.

    Args:
        path: `.jsonl`, `.csv` or `.parquet`; see `read_records`.
        records: What `merge_records` takes. Ids and times are not written.

    Raises:
        EvaluationError: If the format is none of these, or a record is not as it should be.
        MissingExtraError: If an extra is not installed that the format needs.
    """
    path = Path(path)
    _, write = _format(path)
    contents = [record.content for record in incoming_records(records)]
    write(path, [{name: content[name] for name in CONTENT if name in content} for content in contents])


def _format(path: Path) -> tuple[Callable[[Path], Records], Callable[[Path, Records], None]]:
    if path.suffix not in _FORMATS:
        raise EvaluationError(f"{path}: expected a file of records, {', '.join(_FORMATS)}")
    return _FORMATS[path.suffix]


def _read_jsonl(path: Path) -> Records:
    records = []
    for number, line in enumerate(path.read_bytes().removeprefix(BOM_UTF8).splitlines(), start=1):
        if not line.strip():
            continue
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise EvaluationError(f"{path}, line {number}: this is not JSON: {error}") from None
        if not isinstance(record, dict) or not isinstance(record.get("inputs"), dict):
            raise EvaluationError(f"{path}, line {number}: expected an object with inputs: {{'inputs': {{…}}, …}}")
        records.append(record)
    return records


def _write_jsonl(path: Path, records: Records) -> None:
    path.write_bytes(b"".join(orjson.dumps(record) + b"\n" for record in records))


def _read_csv(path: Path) -> Records:
    import csv

    limit = csv.field_size_limit(_LONGEST_CELL)
    with path.open(newline="", encoding="utf-8-sig") as file:  # spreadsheets begin a file with a byte order mark
        reader = csv.DictReader(file, delimiter=_delimiter(path), strict=True)
        try:
            return [from_cells(row, f"{path}, line {reader.line_num}") for row in reader]
        except (csv.Error, UnicodeDecodeError) as error:
            raise EvaluationError(f"{path}, after line {reader.line_num}: {error}") from error
        finally:
            csv.field_size_limit(limit)


def _delimiter(path: Path) -> str:
    """Return what stands between the cells: where a comma is for decimals, spreadsheets write semicolons."""
    import csv

    with path.open(newline="", encoding="utf-8-sig", errors="replace") as file:
        header = file.readline()
    for delimiter in ",;\t":
        columns = next(csv.reader([header], delimiter=delimiter), [])
        if len(columns) > 1 and all(column.partition(".")[0] in CONTENT for column in columns):
            return delimiter
    return ","


def _write_csv(path: Path, records: Records) -> None:
    import csv

    rows = [to_cells(record) for record in records]
    found = {column for row in rows for column in row}
    order = {name: place for place, name in enumerate(CONTENT)}
    columns = sorted(found, key=lambda column: (order[column.partition(".")[0]], column))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns or ["inputs"])
        writer.writeheader()
        writer.writerows(rows)


def _read_parquet(path: Path) -> Records:
    frame = _pandas().read_parquet(path, engine="pyarrow")
    if "inputs" not in frame.columns:
        raise EvaluationError(f"{path} has no column inputs; it has {', '.join(map(str, frame.columns))}")
    return [_from_parquet(row, f"{path}, row {number}") for number, row in enumerate(frame.to_dict("records"))]


def _from_parquet(row: dict[str, Any], place: str) -> dict[str, Any]:
    record = {name: row[name] for name in CONTENT if name in row and not _is_nothing(row[name])}
    return {name: _parsed(value, f"{place}, {name}") for name, value in record.items()}


def _is_nothing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and value != value)  # noqa: PLR0124 - only NaN is not itself


def _parsed(value: Any, place: str) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        if place.endswith("outputs"):
            return value  # written by another program: a text
        raise EvaluationError(f"{place}: expected JSON, found {value[:60]!r}") from None


def _write_parquet(path: Path, records: Records) -> None:
    # As JSON: in one column parquet can't keep dictionaries of different keys, nor empty ones.
    rows = [{name: orjson.dumps(record[name]).decode() for name in record} for record in records]
    _pandas().DataFrame(rows, columns=list(CONTENT)).to_parquet(path, engine="pyarrow", index=False)


def _pandas() -> Any:
    with extra_needed("A parquet file of records", "parquet", "pandas", "pyarrow"):
        importlib.import_module("pyarrow")
        return importlib.import_module("pandas")


_FORMATS: Final[dict[str, tuple[Callable[[Path], Records], Callable[[Path, Records], None]]]] = {
    ".jsonl": (_read_jsonl, _write_jsonl),
    ".csv": (_read_csv, _write_csv),
    ".parquet": (_read_parquet, _write_parquet),
}

SUFFIXES: Final = tuple(_FORMATS)
