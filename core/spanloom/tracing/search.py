"""`spanloom.search_traces` and `spanloom.delete_traces`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, overload

from spanloom.errors import FilterError, SpanloomError
from spanloom.tracing.exporters import TraceQuery
from spanloom.tracing.ids import own_trace_id
from spanloom.tracing.pipeline import pipeline
from spanloom.tracing.quantities import parse_age
from spanloom.tracing.traces import TraceList

__all__ = ["delete_traces", "search_traces"]

_DELETED_AT_ONCE = 500
_MOST = 2**53


@overload
def search_traces(
    filter: str | None = None,
    *,
    experiment: str | None = None,
    order_by: str | Sequence[str] | None = None,
    max_results: int = 100,
    page_token: str | None = None,
    return_type: Literal["list"] = "list",
    include_spans: bool = True,
    filter_string: str | None = None,
    run_id: str | None = None,
    experiment_ids: Sequence[str] | None = None,
    locations: Sequence[str] | None = None,
    flush: bool = True,
) -> TraceList: ...


@overload
def search_traces(
    filter: str | None = None,
    *,
    experiment: str | None = None,
    order_by: str | Sequence[str] | None = None,
    max_results: int = 100,
    page_token: str | None = None,
    return_type: Literal["pandas"],
    include_spans: bool = True,
    filter_string: str | None = None,
    run_id: str | None = None,
    experiment_ids: Sequence[str] | None = None,
    locations: Sequence[str] | None = None,
    flush: bool = True,
) -> Any: ...


def search_traces(
    filter: str | None = None,  # noqa: A002 - the word for it
    *,
    experiment: str | None = None,
    order_by: str | Sequence[str] | None = None,
    max_results: int = 100,
    page_token: str | None = None,
    return_type: Literal["list", "pandas"] = "list",
    include_spans: bool = True,
    filter_string: str | None = None,
    run_id: str | None = None,
    experiment_ids: Sequence[str] | None = None,
    locations: Sequence[str] | None = None,
    flush: bool = True,
) -> TraceList | Any:
    """Return the traces that fit, newest first.

    Args:
        filter: Conditions in the manner of SQL's `WHERE`; MLflow's filters work, too. The columns are described in
            the documentation of the search language.
        experiment: Only traces of this experiment.
        order_by: Columns to sort by, each followed by `ASC`, `DESC` or nothing: `"duration_ms DESC"`.
        max_results: At most so many.
        page_token: The `token` of the previous result, to see what follows; new traces do not shift the pages.
        return_type: `"list"`, or `"pandas"` for a DataFrame with MLflow's columns.
        include_spans: Whether to load the spans, too.
        filter_string: MLflow's name of `filter`.
        run_id: Only traces that began in this run.
        experiment_ids: Only traces of these experiments, by name.
        locations: MLflow's newer name of `experiment_ids`.
        flush: Whether everything is seen that ended in this process before the call; else what is written already.

    Returns:
        The traces; the attribute `token` is `None` where nothing follows.

    Raises:
        FilterError: If the filter, the order or the page token can't be understood; it says where and why.
        MissingExtraError: If a DataFrame is wanted and pandas is not installed.
        StoreError: If the store can't be read.
        ValueError: If `max_results` is not positive, `return_type` is none of the two, or experiments are given twice.

    Example:
        >>> failed = spanloom.search_traces(
        ...     "span.type = 'TOOL' AND span.status = 'ERROR' AND tags.env = 'prod'", order_by="duration_ms DESC"
        ... )
        >>> spanloom.search_traces("text MATCH 'refund -test'", page_token=failed.token)
    """
    if filter is not None and filter_string is not None:
        raise FilterError("search_traces takes filter= or filter_string=, which mean the same, not both")
    if isinstance(filter, list | tuple):
        raise FilterError(f"search_traces: the first argument is the filter; expected experiment_ids={list(filter)!r}")
    _check_count("max_results", max_results)
    if return_type not in {"list", "pandas"}:
        raise ValueError(f"return_type must be 'list' or 'pandas', got {return_type!r}")
    experiments = [given for given in (experiment, experiment_ids or None, locations or None) if given is not None]
    if len(experiments) > 1:
        raise ValueError("search_traces takes experiment=, experiment_ids= or locations=, one of them")
    if flush:
        pipeline.flush()
    wanted = filter if filter is not None else filter_string
    found = pipeline.store().search_traces(
        TraceQuery(
            filter=wanted or None,  # MLflow's callers say "" for none
            experiment=next(iter(experiments), None),
            run_id=run_id,
            order_by=order_by,
            max_results=max_results,
            page_token=page_token,
            include_spans=include_spans,
        )
    )
    if return_type == "list":
        return found
    from spanloom.tracing.frame import to_frame

    return to_frame(found)


def delete_traces(
    trace_ids: Sequence[str] | None = None,
    *,
    filter: str | None = None,  # noqa: A002 - as of `search_traces`
    experiment: str | None = None,
    older_than: str | timedelta | date | None = None,
    max_timestamp_millis: int | None = None,
    max_traces: int | None = None,
) -> int:
    """Delete the traces to which everything given applies, the oldest first, with their spans and feedback.

    Args:
        trace_ids: Only these.
        filter: As of `search_traces`.
        experiment: Only those of this experiment.
        older_than: Only those that began before this time or day, or longer ago than this: `"30d"`, or a `timedelta`.
        max_timestamp_millis: Only those that began at this Unix time in milliseconds or before.
        max_traces: At most so many.

    Returns:
        How many were deleted.

    Raises:
        FilterError: If the filter can't be understood, or is empty; nothing is deleted.
        SpanloomError: If nothing says which traces, or `older_than` is no age and no time.
        StoreError: If the store can't be written.

    Example:
        >>> spanloom.delete_traces(older_than="30d")
    """
    if trace_ids is None and all(given is None for given in (filter, experiment, older_than, max_timestamp_millis)):
        raise SpanloomError(
            "delete_traces: nothing says which traces; give trace_ids, filter, experiment, older_than or "
            "max_timestamp_millis"
        )
    if max_traces is not None:
        _check_count("max_traces", max_traces)
    given = [trace_ids] if isinstance(trace_ids, str) else trace_ids
    wanted = [own_trace_id(trace_id) for trace_id in given] if given is not None else None
    bounds = [_unix_ms(older_than)] if older_than is not None else []
    if max_timestamp_millis is not None:
        bounds.append(max_timestamp_millis + 1)
    pipeline.flush()
    store, deleted = pipeline.store(), 0
    while True:
        size = _DELETED_AT_ONCE if max_traces is None else min(_DELETED_AT_ONCE, max_traces - deleted)
        query = TraceQuery(
            filter=filter,  # an empty one is refused: it would be everything
            experiment=experiment,
            order_by="start_time ASC",
            max_results=max(1, size),
            include_spans=False,
            before_ms=min(bounds, default=None),
            trace_ids=wanted,
        )
        found = store.search_traces(query) if size else TraceList()
        if not found:
            return deleted
        deleted += store.delete_traces([trace.info.trace_id for trace in found])


def _check_count(name: str, number: Any) -> None:
    if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= _MOST:
        raise ValueError(f"{name} must be a whole number of at least 1, got {number!r}")


def _unix_ms(given: str | timedelta | date) -> int:
    moment = parse_age(given) if isinstance(given, str) else given
    if isinstance(moment, timedelta):
        moment = datetime.now(UTC) - moment
    elif isinstance(moment, date) and not isinstance(moment, datetime):
        moment = datetime.combine(moment, time())
    if not isinstance(moment, datetime):
        raise SpanloomError(f"older_than={given!r}: expected an age such as '30d', a timedelta, a datetime or a date")
    return int(moment.timestamp() * 1000)  # without a zone it is local time, as everywhere in Python
