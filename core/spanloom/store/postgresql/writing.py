"""Rows on their way into the tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from spanloom.store import rows
from spanloom.store.postgresql.placeholders import placeholders
from spanloom.store.postgresql.words import words
from spanloom.tracing.exporters import TraceUpdate
from spanloom.tracing.span import Span

__all__ = ["INSERT_SPAN", "clipped", "span_rows", "trace_rows"]

_LONGEST: Final = 600
"""Characters of a text that an index holds: PostgreSQL's takes no more than 2,700 bytes."""

_INPUTS, _OUTPUTS = (rows.SPAN_COLUMNS.index(column) for column in ("inputs", "outputs"))
_INDEXED_OF_SPANS: Final = tuple(rows.SPAN_COLUMNS.index(column) for column in ("name", "span_type", "status", "model"))
_INDEXED_OF_TRACES: Final = tuple(
    rows.TRACE_COLUMNS.index(column)
    for column in ("experiment", "name", "state", "client_request_id", "session_id", '"user"')
)
_COLUMNS: Final = (*rows.SPAN_COLUMNS, "words")
_VALUES: Final = ", ".join(["?"] * len(rows.SPAN_COLUMNS) + ["to_tsvector('simple', ?)"])

INSERT_SPAN: Final = placeholders(
    f"INSERT INTO spans ({', '.join(_COLUMNS)}) VALUES ({_VALUES}) ON CONFLICT (trace_id, span_id) DO UPDATE SET "  # noqa: S608 - constants
    + ", ".join(f"{column} = excluded.{column}" for column in _COLUMNS[2:])
)


def span_rows(spans: Iterable[Span]) -> list[tuple[Any, ...]]:
    """Return the parameters of `INSERT_SPAN`, one tuple for each span."""
    found = (_clipped(rows.span_row(span), _INDEXED_OF_SPANS) for span in spans)
    return [(*row, words(row[_INPUTS], row[_OUTPUTS])) for row in found]


def trace_rows(updates: Iterable[TraceUpdate]) -> list[tuple[Any, ...]]:
    """Return the rows of `traces`."""
    return [_clipped(rows.trace_row(update), _INDEXED_OF_TRACES) for update in updates]


def _clipped(row: tuple[Any, ...], places: tuple[int, ...]) -> tuple[Any, ...]:
    for place in places:
        text = row[place]
        if text is not None and len(text) > _LONGEST:
            row = (*row[:place], clipped(text), *row[place + 1 :])
    return row


def clipped(text: str) -> str:
    """Return a text as short as an index needs it."""
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
