from __future__ import annotations

import statistics
from dataclasses import replace
from datetime import UTC, datetime

import pytest

import spanloom
from spanloom.errors import FilterError
from spanloom.tracing.ingest import ingest_traces
from spanloom.tracing.traces import ReadableSpan, Trace, TraceData, TraceInfo
from spanloom.tracing.usage import TokenUsage

pytestmark = pytest.mark.usefixtures("store_url")

HOUR_MS = 3_600_000
BEGIN_MS = 500_000 * HOUR_MS
DURATIONS = (10, 40, 20, 90, 70, 30, 50)


def recorded(number: int, *, minutes: int = 0) -> Trace:
    trace_id = f"{number:032x}"
    start = BEGIN_MS + minutes * 60_000
    took = DURATIONS[number % len(DURATIONS)]
    failed = number % 4 == 0
    info = TraceInfo(
        trace_id=trace_id,
        experiment="default",
        name="planner" if number % 3 else "writer",
        state="ERROR" if failed else "OK",
        request_time=start,
        execution_duration=took,
        session_id=f"session {number % 2}" if number else None,
        token_usage=TokenUsage(number, 2),
        cost=number / 100,
    )
    call = ReadableSpan(
        trace_id=trace_id,
        span_id=f"{number:016x}",
        parent_id=None,
        name="chat",
        span_type="CHAT_MODEL",
        start_time_ns=start * 1_000_000,
        end_time_ns=start * 1_000_000 + 1_500_000 * (number + 1),
        status="OK",
        attributes={
            **({"gen_ai.request.model": f"gpt-{number % 2}"} if number else {}),
            "gen_ai.usage.input_tokens": number,
            "gen_ai.usage.output_tokens": 2,
        },
    )
    tool = replace(call, span_id=f"f{number:015x}", name="look_up", span_type="TOOL", status="ERROR", attributes={})
    return Trace(info, TraceData([call, tool]))


@pytest.fixture
def seven() -> list[Trace]:
    traces = [recorded(number, minutes=25 * number) for number in range(7)]
    ingest_traces(traces)
    return traces


def test_the_total_counts_every_trace_and_its_percentiles_are_exact(seven):
    total = spanloom.get_statistics().total
    assert (total.count, total.errors, total.input_tokens, total.output_tokens, total.total_tokens) == (
        7,
        2,
        21,
        14,
        35,
    )
    assert total.cost == pytest.approx(0.21)
    hundredths = statistics.quantiles(DURATIONS, n=100, method="inclusive")
    assert total.latency is not None
    told = (total.latency.p50, total.latency.p90, total.latency.p95, total.latency.p99)
    assert told == pytest.approx([hundredths[percent - 1] for percent in (50, 90, 95, 99)])
    assert total.latency.max == max(DURATIONS)
    assert total.latency.mean == pytest.approx(statistics.mean(DURATIONS))


@pytest.mark.parametrize(
    ("group_by", "counts"),
    [
        ("agent", {"planner": 4, "writer": 3}),
        ("status", {"OK": 5, "ERROR": 2}),
        ("session", {"session 0": 3, "session 1": 3, None: 1}),
        ("user", {None: 7}),
        ("model", {"gpt-0": 3, "gpt-1": 3, None: 1}),
        ("tool", {"look_up": 7}),
    ],
)
def test_groups_come_the_largest_first(seven, group_by, counts):
    found = spanloom.get_statistics(group_by=group_by)
    assert {group.name: group.figures.count for group in found.groups} == counts
    assert [group.figures.count for group in found.groups] == sorted(counts.values(), reverse=True)
    assert found.more_groups == 0


def test_model_and_tool_groups_count_the_calls_of_the_traces_that_fit(seven):
    failed = spanloom.get_statistics("status = 'ERROR'", group_by="model")
    [group] = [group for group in failed.groups if group.name == "gpt-0"]
    assert (group.figures.count, group.figures.errors, group.figures.input_tokens) == (1, 0, 4)
    assert group.figures.latency is not None
    assert (group.figures.latency.p50, group.figures.latency.max) == (7.5, 7.5)
    [tool] = spanloom.get_statistics("status = 'ERROR'", group_by="tool").groups
    assert (tool.name, tool.figures.errors, tool.figures.total_tokens, tool.figures.cost) == ("look_up", 2, 0, None)


def test_groups_beyond_the_limit_are_counted(seven):
    found = spanloom.get_statistics(group_by="session", max_groups=1)
    assert (len(found.groups), found.more_groups) == (1, 2)


def test_the_series_holds_the_intervals_in_which_traces_began(seven):
    found = spanloom.get_statistics(interval=3600)
    assert [(bucket.start_time_ms - BEGIN_MS, bucket.figures.count) for bucket in found.series] == [
        (0, 3),
        (HOUR_MS, 2),
        (2 * HOUR_MS, 2),
    ]


def test_a_time_range_includes_its_begin_and_not_its_end(seven):
    begin, end = (datetime.fromtimestamp((BEGIN_MS + minutes * 60_000) / 1000, UTC) for minutes in (25, 75))
    found = spanloom.get_statistics(start_time=begin, end_time=end, group_by="tool")
    assert (found.total.count, found.groups[0].figures.count) == (2, 2)


def test_a_time_range_may_be_longer_than_the_store_can_keep(seven):
    first, last = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
    assert spanloom.get_statistics(start_time=first, end_time=last).total.count == 7
    assert spanloom.get_statistics(start_time=last).total.count == 0
    assert spanloom.delete_traces(older_than=first) == 0


def test_a_trace_in_progress_counts_and_has_no_latency():
    with spanloom.start_span("running"):
        with spanloom.start_span("done"):
            pass
        found = spanloom.get_statistics(group_by="status")
    assert (found.total.count, found.total.latency) == (1, None)
    assert found.groups[0].name == "IN_PROGRESS"


def test_nothing_gives_zeros():
    found = spanloom.get_statistics(group_by="model", interval=60)
    assert found.to_dict() == {
        "total": spanloom.get_statistics("name = 'nobody'").to_dict()["total"],
        "groups": [],
        "more_groups": 0,
        "series": [],
    }
    assert (found.total.count, found.total.cost, found.total.latency) == (0, None, None)


def test_mistakes_are_explained():
    with pytest.raises(FilterError, match="did you mean name"):
        spanloom.get_statistics("nmae = 'x'")
    with pytest.raises(ValueError, match="group_by must be one of agent, model"):
        spanloom.get_statistics(group_by="colour")
    with pytest.raises(ValueError, match="interval must be at least 1"):
        spanloom.get_statistics(interval=0)
