"""What the trace stores in SQL databases have in common: reading traces, and assessments."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from spanloom.store import assessment_rows, rows
from spanloom.store.rows import Row
from spanloom.store.search.dialect import Dialect
from spanloom.store.search.paging import make_token
from spanloom.store.search.query import build_search
from spanloom.store.search.sql import Sql
from spanloom.store.statistics import statistics_of
from spanloom.tracing.assessments import Assessment, Expectation, Feedback
from spanloom.tracing.exporters import TraceQuery
from spanloom.tracing.statistics import Statistics, StatisticsQuery
from spanloom.tracing.traces import ReadableSpan, Trace, TraceData, TraceList

__all__ = ["RelationalStore"]

_TOLD_AGAIN = 1000
"""Spans: so many may be deleted at once, or be written by slower processes, without one being missed."""


class RelationalStore(ABC):
    """Traces in tables: an engine adds how statements are run, and how traces are written."""

    _dialect: Dialect

    @abstractmethod
    def _select(self, query: str, parameters: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
        """Run a query, with `?` or `:name` for each parameter."""

    @abstractmethod
    def _change(self, statement: str, parameters: Mapping[str, Any]) -> int:
        """Run a statement in a transaction of its own; return how many rows it changed."""

    @abstractmethod
    def _change_each(self, statement: str, parameters: Sequence[Mapping[str, Any]]) -> list[int]:
        """Run a statement with each of the parameters, in one transaction; return how many rows each changed."""

    def get_trace(self, trace_id: str) -> Trace | None:
        """Return the trace, or `None` if there is none of this id."""
        found = self._select("SELECT * FROM traces WHERE trace_id = ?", [trace_id])
        return self._traces(found, include_spans=True)[0] if found else None

    def search_traces(self, query: TraceQuery) -> TraceList:
        """Return one page of what fits the query.

        Raises:
            FilterError: If the filter, the order or the page token can't be understood.
        """
        search = build_search(query, self._ask, self._dialect)
        found = self._select(search.sql.text, search.sql.parameters)
        page = found[: query.max_results]
        token = make_token(search.orders, page[-1]) if len(found) > len(page) else None
        return TraceList(self._traces(page, include_spans=query.include_spans), token)

    def statistics(self, query: StatisticsQuery) -> Statistics:
        """Return the figures of all traces that fit the query.

        Raises:
            FilterError: If the filter can't be understood.
        """
        return statistics_of(query, lambda asked: self._select(asked.text, asked.parameters), self._dialect)

    def changed_traces(self, cursor: int | None = None) -> tuple[list[str], int]:
        """Return the traces that spans were stored of since the cursor, and the next one."""
        newest = self._count(Sql(rows.NEWEST_SPAN))
        begin = (newest if cursor is None else min(cursor, newest)) - _TOLD_AGAIN
        return [row["trace_id"] for row in self._select(rows.SELECT_CHANGED, [begin])], newest

    def log_assessment(self, assessment: Assessment, *, trace_may_follow: bool = False) -> bool:
        """Keep an assessment; return whether its trace is known, or may follow."""
        row = {**assessment_rows.assessment_row(assessment), "trace_may_follow": trace_may_follow}
        return self._change(assessment_rows.UPSERT_ASSESSMENT, row) > 0

    def log_assessments(self, assessments: Sequence[Assessment]) -> list[bool]:
        """Keep assessments in one transaction; return of each whether its trace is known."""
        said = [{**assessment_rows.assessment_row(one), "trace_may_follow": False} for one in assessments]
        return [changed > 0 for changed in self._change_each(assessment_rows.UPSERT_ASSESSMENT, said)]

    def get_assessment(self, trace_id: str, assessment_id: str) -> Feedback | Expectation | None:
        """Return the assessment of this trace, or `None` if it has none of this id."""
        found = self._select(assessment_rows.SELECT_ASSESSMENT, {"trace_id": trace_id, "assessment_id": assessment_id})
        return assessment_rows.assessment(found[0]) if found else None

    def update_assessment(self, assessment: Assessment) -> bool:
        """Replace the assessment that has the same ids; return whether there was one."""
        return self._change(assessment_rows.UPDATE_ASSESSMENT, assessment_rows.assessment_row(assessment)) > 0

    def delete_assessment(self, trace_id: str, assessment_id: str) -> bool:
        """Delete the assessment; return whether there was one."""
        ids = {"trace_id": trace_id, "assessment_id": assessment_id}
        return self._change(assessment_rows.DELETE_ASSESSMENT, ids) > 0

    def _count(self, counted: Sql) -> int:
        return int(self._ask(counted))

    def _ask(self, asked: Sql) -> Any:
        row = self._select(asked.text, asked.parameters)[0]
        return row[next(iter(row.keys()))]

    def _traces(self, found: list[Row], *, include_spans: bool) -> list[Trace]:
        trace_ids = orjson.dumps([row["trace_id"] for row in found]).decode()
        ids = self._dialect.ids
        spans: dict[str, list[ReadableSpan]] = {row["trace_id"]: [] for row in found}
        assessments: dict[str, list[Assessment]] = {row["trace_id"]: [] for row in found}
        if include_spans:
            for row in self._select(rows.SELECT_SPANS.format(ids=ids), [trace_ids]):
                spans[row["trace_id"]].append(rows.readable_span(row))
        for row in self._select(assessment_rows.SELECT_ASSESSMENTS.format(ids=ids), [trace_ids]):
            assessments[row["trace_id"]].append(assessment_rows.assessment(row))
        return [
            Trace(rows.trace_info(row, assessments[row["trace_id"]]), TraceData(spans[row["trace_id"]]))
            for row in found
        ]
