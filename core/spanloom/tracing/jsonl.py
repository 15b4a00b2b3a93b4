"""Traces as files: JSON Lines, one trace a line as `Trace.to_json` writes it, and back without loss."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO, Any

import orjson

from spanloom.errors import SchemaError, StoreError
from spanloom.tracing.ingest import Ingested, ingest_traces
from spanloom.tracing.mlflow_traces import from_mlflow, is_mlflow
from spanloom.tracing.traces import Trace

__all__ = ["export_traces", "import_parts", "import_traces", "read_traces", "whole_file"]

_AT_ONCE = 200
"""Traces stored in one transaction."""


def export_traces(path: str | Path, traces: Iterable[Trace]) -> int:
    """Write traces to a file, one a line.

    The file appears when it is complete; one that was there before stays as it was until then.

    Returns:
        How many were written.

    Raises:
        StoreError: If the file can't be written.

    Example:
        >>> spanloom.export_traces("traces.jsonl", spanloom.search_traces())
    """
    count = 0
    with whole_file(Path(path)) as file:
        for trace in traces:
            file.write(trace.to_json().encode() + b"\n")
            count += 1
    return count


def import_traces(path: str | Path, *, replace: bool = False) -> Ingested:
    """Read traces from a file into the store: what `export_traces` wrote, or MLflow's trace JSON.

    Args:
        path: The file: one trace a line, or one JSON document that holds a trace or a list of them.
        replace: Whether a trace takes the place of one that has the same id; by default it is left out.

    Returns:
        How many were imported, and how many left out.

    Raises:
        SchemaError: If the file holds something else; the message gives the line. What came before it is stored.
        StoreError: If the file can't be read, or the store can't be written.

    Example:
        >>> spanloom.import_traces("traces.jsonl")
        Ingested(imported=12, skipped=0)
    """
    done = Ingested()
    try:
        with Path(path).open("rb") as file:
            for part in import_parts(file, str(path), replace=replace):
                done = done.plus(part)
    except OSError as error:
        raise StoreError(f"{path} can't be read: {error.strerror}") from error
    return done


def import_parts(lines: Iterable[bytes], name: str, *, replace: bool = False) -> Iterator[Ingested]:
    """Store the traces of an open file, transaction by transaction, and yield what became of each part.

    Args:
        lines: The file, opened for reading bytes.
        name: What errors call it.
        replace: As for `import_traces`.
    """
    traces, mistake, done = read_traces(lines, name), None, Ingested()
    while mistake is None:
        part: list[Trace] = []
        try:
            part.extend(islice(traces, _AT_ONCE))
        except SchemaError as error:
            mistake = error  # what came before it is stored first
        if part:
            stored = ingest_traces(part, replace=replace)
            done = done.plus(stored)
            yield stored
        elif mistake is None:
            return
    before = done.imported + done.skipped
    raise SchemaError(f"{mistake}; the {before} traces before it are stored" if before else str(mistake)) from mistake


def read_traces(lines: Iterable[bytes], name: str) -> Iterator[Trace]:
    """Yield the traces of a file, one line in memory at a time where there is one trace a line.

    Args:
        lines: The file, opened for reading bytes.
        name: What errors call it.

    Raises:
        SchemaError: If it holds something else.
    """
    numbered = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    for number, line in numbered:
        where = f"{name}, line {number}"
        if number == 1:
            line = line.removeprefix(BOM_UTF8)  # noqa: PLW2901 - Windows begins files with it
        try:
            document = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            document = _whole_document(line, [rest for _, rest in numbered] if number == 1 else [])
            if document is None:
                raise SchemaError(
                    f"{where}: not JSON ({error}); expected one trace a line, as `spanloom traces export` writes them, "
                    "or MLflow's trace JSON"
                ) from error
            where = name
        yield from _traces(document, where)


def _whole_document(first: bytes, rest: list[bytes]) -> Any:
    """Return a document that is spread over the lines of the whole file, `None` if it is not."""
    try:
        return orjson.loads(first + b"".join(rest)) if rest else None
    except orjson.JSONDecodeError:
        return None


def _traces(document: Any, where: str) -> Iterator[Trace]:
    if isinstance(document, dict) and isinstance(document.get("traces"), list):
        document = document["traces"]  # as `mlflow traces search --output json` prints them
    for value in document if isinstance(document, list) else [document]:
        try:
            yield from_mlflow(value) if is_mlflow(value) else Trace.from_dict(value)
        except SchemaError as error:
            raise SchemaError(f"{where}: {error}") from error


@contextmanager
def whole_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file for writing that takes its place when the block ends well, and leaves no trace if it does not.

    Raises:
        StoreError: If it can't be written.
    """
    special = path.exists() and not path.is_file()  # a pipe or a device: nothing to put in its place
    partial = path if special else path.with_name(f"{path.name}.partial")
    try:
        try:
            with partial.open("wb") as file:
                yield file
            if not special:
                partial.replace(path)
        finally:
            if not special:
                partial.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(f"{path} can't be written: {error.strerror or error}") from error
