"""Keeping what searches use beside the rows: the words of inputs and outputs, and the labels of traces."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, Final

import orjson

from spanloom.tracing.exporters import TraceUpdate

__all__ = ["INSERT_LABEL", "forget_traces", "insert_spans", "label_rows", "optimize"]

INSERT_LABEL: Final = "INSERT OR IGNORE INTO trace_labels VALUES (?, ?, ?, ?)"

_NEWEST: Final = "SELECT coalesce(max(number), 0) FROM spans"
_ADD_TEXTS: Final = (
    "INSERT INTO spans_text (rowid, inputs, outputs) SELECT number, inputs, outputs FROM span_texts WHERE number > ?"
)
_FORGET_TEXTS: Final = (
    "INSERT INTO spans_text (spans_text, rowid, inputs, outputs) SELECT 'delete', number, inputs, outputs "
    "FROM span_texts WHERE number IN (SELECT spans.number FROM json_each(?) AS wanted JOIN spans ON {same})"
)
_SAME_TRACE: Final = "spans.trace_id = wanted.value"
_SAME_SPAN: Final = (
    "spans.trace_id = json_extract(wanted.value, '$[0]') AND spans.span_id = json_extract(wanted.value, '$[1]')"
)
_DELETE_SPANS: Final = (
    f"DELETE FROM spans WHERE number IN (SELECT spans.number FROM json_each(?) AS wanted JOIN spans ON {_SAME_SPAN})"  # noqa: S608 - constants
)
_FORGET_LABELS: Final = (
    "DELETE FROM trace_labels WHERE (kind, key, value, trace_id) IN ("
    "SELECT '{kind}', entry.key, entry.value, trace_id FROM traces, json_each(traces.{column}) AS entry "
    "WHERE trace_id IN (SELECT value FROM json_each(?)))"
)


def insert_spans(connection: sqlite3.Connection, statement: str, spans: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows of `spans`, whose words can be searched from then on; a span that is there already is replaced.

    Args:
        connection: Inside a transaction.
        statement: The INSERT.
        spans: Rows that begin with the trace's and the span's id.
    """
    newest = connection.execute(_NEWEST).fetchone()[0]
    connection.execute("SAVEPOINT spans")
    try:
        connection.executemany(statement, spans)
    except sqlite3.IntegrityError:
        connection.execute("ROLLBACK TO spans")
        last = {row[:2]: row for row in spans}
        ids = orjson.dumps(list(last)).decode()
        connection.execute(_FORGET_TEXTS.format(same=_SAME_SPAN), [ids])
        connection.execute(_DELETE_SPANS, [ids])
        newest = connection.execute(_NEWEST).fetchone()[0]
        connection.executemany(statement, last.values())
    connection.execute("RELEASE spans")
    connection.execute(_ADD_TEXTS, [newest])


def label_rows(updates: Iterable[TraceUpdate]) -> list[tuple[str, str, str, str]]:
    """Return the rows of `trace_labels`; one that is outdated does no harm, since conditions look at the trace."""
    return [
        (kind, key, value, update.trace.trace_id)
        for update in updates
        for kind, labels in (("tag", update.trace.tags), ("metadata", update.trace.metadata))
        for key, value in labels.items()
    ]


def forget_traces(connection: sqlite3.Connection, trace_ids: str) -> None:
    """Remove the words and labels of traces that are about to be deleted.

    Args:
        connection: Inside a transaction.
        trace_ids: A JSON list.
    """
    connection.execute(_FORGET_TEXTS.format(same=_SAME_TRACE), [trace_ids])
    for kind, column in (("tag", "tags"), ("metadata", "metadata")):
        connection.execute(_FORGET_LABELS.format(kind=kind, column=column), [trace_ids])


def optimize(connection: sqlite3.Connection) -> None:
    """Merge the index of words into its smallest form."""
    connection.execute("INSERT INTO spans_text (spans_text) VALUES ('optimize')")
