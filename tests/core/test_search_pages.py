from __future__ import annotations

import datetime as dt
import subprocess
import sys
from typing import Any

import pytest

import spanloom
from spanloom.errors import FilterError, SpanloomError
from spanloom.tracing.pipeline import pipeline
from spanloom.tracing.recorder import open_span

pytestmark = pytest.mark.usefixtures("store_url")


def record(name: str, *, text: str = "") -> str:
    with spanloom.start_span(name) as span:
        span.set_inputs({"text": text})
    return span.trace_id


def names(**arguments: object) -> list[str]:
    return [trace.info.name for trace in spanloom.search_traces(**arguments)]  # type: ignore[call-overload]


@pytest.mark.parametrize("order_by", [None, "name", "duration_ms DESC, name", "cost DESC", ["session ASC", "status"]])
def test_pages_show_everything_once_while_new_traces_arrive(order_by: object) -> None:
    for number in range(7):
        with spanloom.tracing_context(session_id=f"s{number % 2}" if number % 3 else None):
            record(f"trace {number}")
    whole = names(order_by=order_by)
    token, seen = None, []
    while True:
        page = spanloom.search_traces("name LIKE 'trace%'", order_by=order_by, max_results=2, page_token=token)  # type: ignore[arg-type]
        seen += [trace.info.name for trace in page]
        token = page.token
        if token is None:
            break
        record("new")
    assert seen == whole


def test_an_order_or_token_that_is_none_is_refused() -> None:
    record("a")
    record("b")
    token = spanloom.search_traces(max_results=1).token
    with pytest.raises(FilterError, match="did you mean duration_ms"):
        spanloom.search_traces(order_by="duraton_ms")
    for odd in ("name; DROP TABLE traces", 5, [5]):
        with pytest.raises(FilterError, match=r"expected e\.g\. 'duration_ms DESC'"):
            spanloom.search_traces(order_by=odd)  # type: ignore[call-overload]
    for wrong in ("x", "bm8", "", "é"):
        with pytest.raises(FilterError, match="page_token"):
            spanloom.search_traces(page_token=wrong)
    with pytest.raises(FilterError, match="page_token"):
        spanloom.search_traces(page_token=token, order_by="name")


@pytest.mark.parametrize("number", [0, "5", None, 1.5, 10**20, True])
def test_a_number_of_results_that_is_none_is_refused(number: Any) -> None:
    with pytest.raises(ValueError, match="max_results must be a whole number"):
        spanloom.search_traces(max_results=number)


@pytest.mark.parametrize(
    "age", ["30d", dt.datetime.now().astimezone().date() - dt.timedelta(days=30), dt.timedelta(days=30)]
)
def test_an_age_is_said_as_on_the_command_line_or_as_a_date(age: Any) -> None:
    record("young")
    spanloom.start_span_no_context("old").end()
    open_span("older", "CHAIN", None, start_time_ns=1_000_000_000_000_000_000).end()
    assert spanloom.delete_traces(older_than=age) == 1
    with pytest.raises(SpanloomError, match="30d"):
        spanloom.delete_traces(older_than="a month")
    with pytest.raises(SpanloomError, match="older_than=5"):
        spanloom.delete_traces(older_than=5)  # type: ignore[arg-type]


def test_traces_are_deleted_with_their_words_and_the_oldest_first() -> None:
    ids = [record(f"t{number}", text=f"word{number} shared") for number in range(5)]
    assert spanloom.delete_traces(ids[4]) == 1  # type: ignore[arg-type] - a single id is understood
    assert spanloom.delete_traces(filter="name LIKE 't%'", max_traces=2) == 2
    assert names() == ["t3", "t2"]
    assert [names(filter=f"text MATCH 'word{number}'") for number in range(5)] == [[], [], ["t2"], ["t3"], []]
    assert spanloom.delete_traces(older_than=dt.timedelta(days=1)) == 0
    assert spanloom.delete_traces(trace_ids=ids, filter="name = 't2'") == 1
    pipeline.store().vacuum()
    record("t6", text="word6 shared")
    assert names(filter="text MATCH 'shared'") == ["t6", "t3"]
    assert spanloom.delete_traces(max_timestamp_millis=spanloom.search_traces()[0].info.request_time) == 2
    with pytest.raises(SpanloomError, match="nothing says which traces"):
        spanloom.delete_traces()


@pytest.mark.parametrize("options", [{}, {"experiment": "Default"}, {"max_timestamp_millis": 10**15}])
@pytest.mark.parametrize("empty", ["", "  "])
def test_an_empty_filter_deletes_nothing(empty: str, options: dict[str, Any]) -> None:
    record("kept")
    with pytest.raises(FilterError, match="it is empty"):
        spanloom.delete_traces(filter=empty, **options)
    assert names() == ["kept"]


def test_a_frame_has_mlflows_columns_with_and_without_rows() -> None:
    pandas = pytest.importorskip("pandas")
    frame = spanloom.search_traces(return_type="pandas")
    expected = (
        "trace_id trace client_request_id state request_time execution_duration request response trace_metadata tags "
        "spans assessments"
    )
    assert list(frame.columns) == expected.split()
    record("a", text="x")
    frame = spanloom.search_traces(return_type="pandas")
    assert isinstance(frame, pandas.DataFrame)
    assert frame.iloc[0]["request"] == {"text": "x"}


def test_the_parser_is_loaded_by_the_first_filter_only(store_url: str) -> None:
    script = (
        "import sys, spanloom\nspanloom.search_traces()\nassert 'sqlglot' not in sys.modules\n"
        "spanloom.search_traces(\"name = 'a'\")\nassert 'sqlglot' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], env={"SPANLOOM_STORE": store_url}, check=True)
