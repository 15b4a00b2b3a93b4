"""Keeping what searches use beside the rows: the words of inputs and outputs, and the labels of traces."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import orjson

from spanloom.store.rows import NEWEST_SPAN
from spanloom.store.search.newest import SPANS_PER_BUCKET
from spanloom.tracing.attributes import MLFLOW_TRACE_NAME
from spanloom.tracing.exporters import TraceUpdate

__all__ = ["INSERT_LABEL", "forget_traces", "insert_spans", "label_rows", "note_newest", "optimize", "tag_trace"]

INSERT_LABEL: Final = "INSERT OR IGNORE INTO trace_labels VALUES (?, ?, ?, ?, ?)"

_ADD_TEXTS: Final = (
    "INSERT INTO spans_text (rowid, inputs, outputs) SELECT number, inputs, outputs FROM span_texts WHERE number > ?"
)
_FORGET_TEXTS: Final = (
    "INSERT INTO spans_text (spans_text, rowid, inputs, outputs) SELECT 'delete', number, inputs, outputs "
    "FROM span_texts WHERE number IN (SELECT spans.number FROM json_each(?) AS wanted JOIN spans ON {same})"
)
_ADD_ATTRIBUTES: Final = (
    "INSERT INTO span_attributes (rowid, words) SELECT number, attribute_words(attributes) FROM spans "
    "WHERE number > ? AND attributes IS NOT NULL"
)
_FORGET_ATTRIBUTES: Final = (
    "INSERT INTO span_attributes (span_attributes, rowid, words) SELECT 'delete', number, attribute_words(attributes) "
    "FROM spans WHERE attributes IS NOT NULL "
    "AND number IN (SELECT spans.number FROM json_each(?) AS wanted JOIN spans ON {same})"
)
_FORGET_BUCKETS: Final = "DELETE FROM newest_starts WHERE bucket > ?"
_NEWEST_START: Final = (
    "SELECT max(start_time_ns) FROM newest_starts WHERE bucket = (SELECT max(bucket) FROM newest_starts)"
)
_NOTE_NEWEST: Final = (
    "INSERT INTO newest_starts VALUES (?, ?) ON CONFLICT (bucket) DO UPDATE SET start_time_ns = excluded.start_time_ns"
)
_SAME_TRACE: Final = "spans.trace_id = wanted.value"
_SAME_SPAN: Final = (
    "spans.trace_id = json_extract(wanted.value, '$[0]') AND spans.span_id = json_extract(wanted.value, '$[1]')"
)
_DELETE_SPANS: Final = (
    f"DELETE FROM spans WHERE number IN (SELECT spans.number FROM json_each(?) AS wanted JOIN spans ON {_SAME_SPAN})"  # noqa: S608 - constants
)
_FORGET_LABELS: Final = (
    "DELETE FROM trace_labels WHERE (kind, key, value, start_time_ns, trace_id) IN ("
    "SELECT '{kind}', entry.key, entry.value, start_time_ns, trace_id FROM traces, json_each(traces.{column}) AS entry "
    "WHERE trace_id IN (SELECT value FROM json_each(?)))"
)
_TAG_TRACE: Final = "UPDATE traces SET tags = json_patch(tags, ?), name = coalesce(?, name) WHERE trace_id = ?"
_ADD_TAGS: Final = (
    "INSERT OR IGNORE INTO trace_labels SELECT 'tag', entry.key, entry.value, start_time_ns, trace_id "
    "FROM traces, json_each(traces.tags) AS entry WHERE trace_id = ?"
)


def insert_spans(connection: sqlite3.Connection, statement: str, spans: Sequence[tuple[Any, ...]]) -> range:
    """Insert rows of `spans`, whose words can be searched from then on; a span that is there already is replaced.

    Args:
        connection: Inside a transaction.
        statement: The INSERT.
        spans: Rows that begin with the trace's and the span's id.

    Returns:
        The numbers of the spans.
    """
    newest = connection.execute(NEWEST_SPAN).fetchone()[0]
    connection.execute("SAVEPOINT spans")
    try:
        connection.executemany(statement, spans)
    except sqlite3.IntegrityError:
        connection.execute("ROLLBACK TO spans")
        last = {row[:2]: row for row in spans}
        ids = orjson.dumps(list(last)).decode()
        connection.execute(_FORGET_TEXTS.format(same=_SAME_SPAN), [ids])
        connection.execute(_FORGET_ATTRIBUTES.format(same=_SAME_SPAN), [ids])
        connection.execute(_DELETE_SPANS, [ids])
        newest = connection.execute(NEWEST_SPAN).fetchone()[0]
        connection.executemany(statement, last.values())
    connection.execute("RELEASE spans")
    connection.execute(_ADD_TEXTS, [newest])
    connection.execute(_ADD_ATTRIBUTES, [newest])
    return range(newest + 1, newest + 1 + len(spans))


def note_newest(connection: sqlite3.Connection, numbers: range, updates: Sequence[TraceUpdate]) -> None:
    """Note when the newest trace began that has one of the spans up to these; see `newest_of`.

    Args:
        connection: Inside a transaction.
        numbers: What `insert_spans` returned.
        updates: What is told about the traces of these spans.
    """
    if not numbers or not updates:
        return
    first, last = numbers[0] // SPANS_PER_BUCKET, numbers[-1] // SPANS_PER_BUCKET
    connection.execute(_FORGET_BUCKETS, [last])  # the newest spans were deleted, and their numbers are given again
    known = connection.execute(_NEWEST_START).fetchone()[0]
    newest = max(update.start_time_ns for update in updates)
    newest = newest if known is None else max(known, newest)
    connection.executemany(_NOTE_NEWEST, [(bucket, newest) for bucket in range(first, last + 1)])


def label_rows(updates: Iterable[TraceUpdate]) -> list[tuple[str, str, str, int, str]]:
    """Return the rows of `trace_labels`; one that is outdated does no harm, since conditions look at the trace."""
    return [
        (kind, key, value, update.start_time_ns, update.trace.trace_id)
        for update in updates
        for kind, labels in (("tag", update.trace.tags), ("metadata", update.trace.metadata))
        for key, value in labels.items()
    ]


def tag_trace(connection: sqlite3.Connection, trace_id: str, tags: Mapping[str, str | None]) -> bool:
    """Set tags of a trace, inside a transaction, and delete those that are `None`; return whether it is there."""
    connection.execute(_FORGET_LABELS.format(kind="tag", column="tags"), [orjson.dumps([trace_id]).decode()])
    patch = [orjson.dumps(tags).decode(), tags.get(MLFLOW_TRACE_NAME), trace_id]
    known = connection.execute(_TAG_TRACE, patch).rowcount > 0
    connection.execute(_ADD_TAGS, [trace_id])
    return known


def forget_traces(connection: sqlite3.Connection, trace_ids: str) -> None:
    """Remove the words and labels of traces that are about to be deleted.

    Args:
        connection: Inside a transaction.
        trace_ids: A JSON list.
    """
    connection.execute(_FORGET_TEXTS.format(same=_SAME_TRACE), [trace_ids])
    connection.execute(_FORGET_ATTRIBUTES.format(same=_SAME_TRACE), [trace_ids])
    for kind, column in (("tag", "tags"), ("metadata", "metadata")):
        connection.execute(_FORGET_LABELS.format(kind=kind, column=column), [trace_ids])


def optimize(connection: sqlite3.Connection) -> None:
    """Merge the indexes of words into their smallest form."""
    connection.execute("INSERT INTO spans_text (spans_text) VALUES ('optimize')")
    connection.execute("INSERT INTO span_attributes (span_attributes) VALUES ('optimize')")
