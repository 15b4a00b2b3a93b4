from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import spanloom
from spanloom.errors import SpanloomError
from spanloom.testing import reset
from spanloom.tracing.pipeline import pipeline
from spanloom.tracing.quantities import parse_age, parse_size
from spanloom.tracing.recorder import open_span
from spanloom.tracing.retention import Retention, RetentionKeeper, make_retention, trim

NOW = datetime.now(UTC)


def record(name: str, age: timedelta, payload: int = 10) -> None:
    begun = time.time_ns() - int(age.total_seconds() * 1e9)
    span = open_span(name, "TASK", None, start_time_ns=begun)
    span.set_inputs("x" * payload)
    span.end(end_time_ns=begun + 1000)


def begin(name: str, age: timedelta) -> None:
    """Leave a trace in progress: its root does not end."""
    begun = time.time_ns() - int(age.total_seconds() * 1e9)
    root = open_span(name, "TASK", None, start_time_ns=begun)
    open_span("child", "TASK", root, start_time_ns=begun).end(end_time_ns=begun + 1000)


def names() -> set[str]:
    return {trace.info.name for trace in spanloom.search_traces(max_results=1000, include_spans=False)}


def trim_all(retention: Retention) -> int:
    spanloom.flush()
    deleted = 0
    while gone := trim(pipeline.store(), retention):
        deleted += gone
    return deleted


def test_traces_older_than_the_age_go() -> None:
    for days in (1, 29, 31, 400):
        record(f"{days} days", timedelta(days=days))
    assert trim_all(Retention(timedelta(days=30))) == 2
    assert names() == {"1 days", "29 days"}


def test_traces_in_progress_stay_unless_their_process_is_surely_gone() -> None:
    begin("running", timedelta(days=6))
    begin("abandoned", timedelta(days=8))
    record("ended", timedelta(days=6))
    assert trim_all(Retention(timedelta(days=1), max_bytes=1)) == 2
    assert names() == {"running"}


def test_the_oldest_go_until_the_store_is_small_enough() -> None:
    for number in range(300):
        record(f"{number}", timedelta(minutes=300 - number), payload=20_000)
    spanloom.flush()
    limit = pipeline.store().size_bytes() // 2
    deleted = trim_all(Retention(max_bytes=limit))
    assert pipeline.store().size_bytes() <= limit
    assert names() == {f"{number}" for number in range(deleted, 300)}
    assert 140 < deleted < 200


def test_a_few_large_traces_are_not_all_deleted() -> None:
    for number in range(8):
        record(f"{number}", timedelta(minutes=8 - number), payload=200_000)
    spanloom.flush()
    trim_all(Retention(max_bytes=pipeline.store().size_bytes() * 3 // 4))
    assert {"4", "5", "6", "7"} <= names()
    assert "0" not in names()


def test_deleting_makes_the_store_smaller() -> None:
    record("large", timedelta(0), payload=200_000)
    spanloom.flush()
    before = pipeline.store().size_bytes()
    spanloom.delete_traces(filter="name = 'large'")
    assert pipeline.store().size_bytes() < before - 150_000


@given(
    st.lists(st.tuples(st.integers(0, 60 * 24 * 60), st.sampled_from([10, 5_000, 40_000])), min_size=1, max_size=12),
    st.one_of(st.none(), st.integers(1, 60)),
    st.one_of(st.none(), st.integers(1, 400_000)),
)
@settings(max_examples=30, deadline=None)
def test_never_is_a_newer_trace_deleted_before_an_older_one(
    traces: list[tuple[int, int]], days: int | None, max_bytes: int | None
) -> None:
    reset()
    spanloom.configure(store="sqlite://")
    for number, (minutes, payload) in enumerate(traces):
        record(f"{number}", timedelta(minutes=minutes), payload)
    spanloom.flush()
    retention = Retention(timedelta(days=days) if days is not None else None, max_bytes)
    while trim(pipeline.store(), retention):
        left = names()
        gone = [minutes for number, (minutes, _) in enumerate(traces) if f"{number}" not in left]
        kept = [minutes for number, (minutes, _) in enumerate(traces) if f"{number}" in left]
        assert min(gone) >= max(kept, default=0)
    if max_bytes is None:
        assert len(names()) == sum(days is None or minutes < days * 24 * 60 for minutes, _ in traces)


def test_the_writer_deletes_in_the_background_and_never_in_a_call_of_the_user() -> None:
    deleting: list[str] = []
    done = threading.Event()
    record("old", timedelta(days=2))
    spanloom.flush()
    store: Any = pipeline.store()
    delete = store.delete_traces

    def watched(trace_ids: list[str]) -> int:
        deleting.append(threading.current_thread().name)
        try:
            return int(delete(trace_ids))
        finally:
            done.set()

    store.delete_traces = watched
    spanloom.configure(retention="1d", flush_interval=0)
    record("new", timedelta(0))
    assert done.wait(30)
    assert set(deleting) == {"spanloom-writer"}
    assert names() == {"new"}


def test_after_a_batch_the_writer_pauses_longer_than_the_batch_took() -> None:
    spanloom.configure(retention="1d")
    for number in range(150):
        record(f"{number}", timedelta(days=2))
    spanloom.flush()
    keeper = RetentionKeeper()
    keeper.work(pipeline.store)
    assert len(names()) == 50
    first = keeper.pause()
    assert first is not None
    assert 0 < first < 30
    keeper._next = 0
    keeper.work(pipeline.store)
    assert names() == set()
    keeper._next = 0
    keeper.work(pipeline.store)
    assert (keeper.pause() or 0) > 30, "nothing was left to do"


def test_a_store_that_fails_does_not_stop_the_writer(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> Any:
        raise OSError("no disk")

    spanloom.configure(retention="1d")
    RetentionKeeper().work(broken)
    assert caplog.text.count("OSError: no disk") == 1


def test_without_retention_nothing_is_looked_at() -> None:
    assert RetentionKeeper().pause() is None
    spanloom.configure(retention="1d")
    assert RetentionKeeper().pause() == 0
    spanloom.configure(retention={})
    assert RetentionKeeper().pause() is None


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("30d", Retention(timedelta(days=30))),
        ({"days": 0.5}, Retention(timedelta(hours=12))),
        ({"days": 30, "max_bytes": 2e9}, Retention(timedelta(days=30), 2_000_000_000)),
        ({}, None),
    ],
)
def test_retention_is_said_as_an_age_or_as_numbers(given: Any, meant: Retention | None) -> None:
    assert make_retention(given) == meant


@pytest.mark.parametrize(
    "given", ["30", "0d", "", {"weeks": 1}, {"days": -1}, {"max_bytes": "2GB"}, {"days": True}, 30]
)
def test_a_retention_that_means_nothing_is_refused_and_changes_nothing(given: Any) -> None:
    spanloom.configure(retention="7d")
    with pytest.raises(SpanloomError, match="expected a"):
        spanloom.configure(retention=given, sample_rate=0)
    assert RetentionKeeper().pause() == 0
    spanloom.start_span_no_context("recorded").end()
    assert names() == {"recorded"}


def test_ages_and_sizes() -> None:
    assert [parse_age(text) for text in ("90s", "5m", "12h", "8 w")] == [
        timedelta(seconds=90), timedelta(minutes=5), timedelta(hours=12), timedelta(weeks=8)
    ]  # fmt: skip
    assert [parse_size(text) for text in ("100B", "1.5kb", "500 MB", "2GB", "2GiB", "1TB")] == [
        100, 1500, 500_000_000, 2_000_000_000, 2 * 2**30, 10**12
    ]  # fmt: skip
    for text in ("2", "GB", "-1GB", "2GBs"):
        with pytest.raises(SpanloomError, match="is no size"):
            parse_size(text)
    for text in ("30", "d", "-1d", "999999999w"):
        with pytest.raises(SpanloomError, match="is no age"):
            parse_age(text)
