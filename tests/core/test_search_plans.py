"""Searches in big stores: which index they use, and that a page cut short is the page of a whole search."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

import spanloom
from spanloom.store import SqliteStore, migrations
from spanloom.store.search import candidates, index, newest
from spanloom.tracing.assessments import Feedback
from spanloom.tracing.exporters import Batch, TraceQuery, TraceUpdate
from spanloom.tracing.span import ActiveTrace, Span
from spanloom.tracing.usage import TokenUsage

FILTERS = [
    "status = 'ERROR'",
    "status != 'OK'",
    "name = 'agent 1'",
    "name LIKE 'agent%'",
    "name != 'agent 1'",
    "name IN ('agent 0', 'old')",
    "name = 'old'",
    "duration_ms > 40",
    "duration_ms BETWEEN 10 AND 60",
    "end_time < '1970-01-01T00:01:00'",
    "end_time > '1970-01-01T00:02:00'",
    "session = 's1'",
    "total_tokens >= 75",
    "total_tokens = 74",
    "cost < 0.01",
    "tags.env = 'prod'",
    "tags.env LIKE 'p%'",
    "tags.env != 'prod'",
    "metadata.region = 'eu'",
    "feedback.good = true",
    "span.type = 'TOOL'",
    "span.type = 'TOOL' AND span.status = 'ERROR'",
    "span.name LIKE 'step%' OR span.name = 'lookup'",
    "span.status_message LIKE 'bad%'",
    "model = 'm1'",
    "span.attributes.n = 3",
    "span.attributes.t = '3'",
    "span.attributes.f = true",
    "text MATCH 'word1'",
    "text MATCH 'word1 common'",
    "status = 'OK' AND text MATCH 'common'",
    "NOT name = 'agent 1' AND total_tokens < 30",
]


def write(store: SqliteStore, number: int, start_ms: int, random_: random.Random) -> None:
    active = ActiveTrace("Default", f"{random_.getrandbits(128):032x}")
    active.tags = {"env": random_.choice(["prod", "play", "dev"])}
    active.metadata = {"region": random_.choice(["eu", "us"])}
    active.session_id = f"s{number % 4}"
    spans = []
    for place in range(3):
        span = Span(
            active, ["root", "lookup", f"step {number % 3}"][place], "TOOL" if place == 1 else "CHAIN", None, print
        )
        span.start_time_ns, span.end_time_ns = start_ms * 1_000_000, start_ms * 1_000_000 + 5
        span.inputs_json = f'"word{number % 7} common"'.encode()
        if place == 1 and number % 3 == 0:
            span.status, span.status_message = "ERROR", f"bad {number % 2}"
        span.attributes_json = {
            "n": str(number % 5).encode(),
            "t": f'"{number % 5}"'.encode(),
            "f": b"true" if number % 2 else b"false",
            "gen_ai.request.model": f'"m{number % 3}"'.encode(),
        }
        spans.append(span)
    name = "old" if start_ms < 40_000 and number % 2 else f"agent {number % 3}"
    state = random_.choice(["OK", "OK", "OK", "ERROR", "CANCELLED"])
    end = (start_ms + random_.randrange(100)) * 1_000_000
    tokens = TokenUsage(number, 1, number + 1)
    update = TraceUpdate(active, name, state, start_ms * 1_000_000, end, None, None, tokens, number / 5000)
    store.export(Batch(spans, [update]))
    if number % 4 == 0:
        store.log_assessment(
            Feedback(name="good", value=number % 8 == 0, trace_id=active.trace_id, assessment_id=f"a{number}")
        )


@pytest.fixture
def filled() -> Iterator[SqliteStore]:
    """Traces that arrived in another order than they began in, here and there in a very different one."""
    store = SqliteStore("sqlite://")
    random_ = random.Random(3)
    starts = [(number * 1000 if number % 11 else random_.randrange(150_000)) for number in range(150)]
    for number, start in enumerate(starts):
        write(store, number, start, random_)
    yield store
    store.close()


def pages(store: SqliteStore, text: str) -> list[str]:
    token, found = None, []
    while True:
        page = store.search_traces(TraceQuery(filter=text, max_results=3, page_token=token, include_spans=False))
        found += [trace.info.trace_id for trace in page]
        token = page.token
        if token is None:
            return found


@pytest.mark.parametrize("text", FILTERS)
def test_pages_from_the_beginning_of_an_index_are_those_of_a_whole_search(
    filled: SqliteStore, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(candidates, "sources_of", lambda *_: [])
    whole = pages(filled, text)
    monkeypatch.undo()
    assert whole
    assert pages(filled, text) == whole
    monkeypatch.setattr(candidates, "_FEW", 0)
    monkeypatch.setattr(candidates, "_MANY", 0)
    assert pages(filled, text) == whole


def test_numbers_of_deleted_spans_that_are_given_again_hide_no_trace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(candidates, "_FEW", 0)
    for module in (newest, index):
        monkeypatch.setattr(module, "SPANS_PER_BUCKET", 6)
    store = SqliteStore("sqlite://")
    random_ = random.Random(3)
    for number in range(30):
        write(store, number, number * 1000, random_)
    last = store.search_traces(TraceQuery(max_results=10))
    store.delete_traces([trace.info.trace_id for trace in last])
    for number in range(30):
        write(store, number, (number * 7 % 30) * 1000 + 500, random_)
    found = [
        trace.info.request_time for trace in store.search_traces(TraceQuery(filter="span.type = 'TOOL'", max_results=5))
    ]
    assert found == [trace.info.request_time for trace in store.search_traces(TraceQuery(max_results=5))]
    store.close()


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("status = 'ERROR'", "traces_by_state (state=?)"),
        ("name = 'agent 1'", "traces_by_name (name=?)"),
        ("duration_ms > 40", "COVERING INDEX traces_by_duration (<expr>=?)"),
        ("total_tokens > 40", "COVERING INDEX traces_by_total_tokens (<expr>=?)"),
        ("total_tokens = 40", "COVERING INDEX traces_by_total_tokens (<expr>=?)"),
        ("cost > 0.01", "COVERING INDEX traces_by_cost (<expr>=?)"),
        ("tags.env = 'prod'", "trace_labels USING PRIMARY KEY (kind=? AND key=? AND value=?)"),
        ("feedback.good = true", "assessments_by_name (name=? AND type=?"),
        ("span.type = 'TOOL'", "spans_by_type (span_type=?)"),
        ("span.attributes.n = 3", "span_attributes VIRTUAL TABLE INDEX"),
        ("text MATCH 'word1'", "spans_text VIRTUAL TABLE INDEX"),
    ],
)
def test_a_search_begins_in_the_index_of_its_column(
    filled: SqliteStore, text: str, used: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    plans: list[str] = []
    select = filled._select

    def explain(query: str, parameters: object = ()) -> object:
        plans.extend(row["detail"] for row in select(f"EXPLAIN QUERY PLAN {query}", parameters))  # type: ignore[arg-type]
        return select(query, parameters)  # type: ignore[arg-type]

    monkeypatch.setattr(candidates, "_FEW", 0)
    monkeypatch.setattr(filled, "_select", explain)
    filled.search_traces(TraceQuery(filter=text, max_results=3))
    assert any(used in plan for plan in plans), plans
    assert not any(plan.startswith("SCAN traces") for plan in plans), plans


def test_a_store_of_the_schema_before_is_searched_like_a_new_one(
    filled: SqliteStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "old.db"
    with monkeypatch.context() as patched:
        patched.setattr(migrations, "_MIGRATIONS", migrations._MIGRATIONS[:4])
        SqliteStore(f"sqlite:///{path}").close()
    old = sqlite3.connect(path)
    for table in ("traces", "spans", "assessments"):
        columns = [row[1] for row in old.execute(f"PRAGMA table_info({table})")]
        for row in filled._select(f"SELECT {', '.join(columns)} FROM {table}"):
            old.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(columns))})", tuple(row))
    old.execute("INSERT INTO spans_text(spans_text) VALUES ('rebuild')")
    old.execute(
        "INSERT INTO trace_labels SELECT 'tag', entry.key, entry.value, trace_id FROM traces, json_each(tags) AS entry "
        "UNION ALL SELECT 'metadata', entry.key, entry.value, trace_id FROM traces, json_each(metadata) AS entry"
    )
    old.commit()
    old.close()
    migrated = SqliteStore(f"sqlite:///{path}")
    monkeypatch.setattr(candidates, "_FEW", 0)
    for text in FILTERS:
        assert pages(migrated, text) == pages(filled, text), text
    migrated.close()


def test_deleted_traces_leave_nothing_in_the_index_of_attributes(store: Path) -> None:
    with spanloom.start_span("a") as span:
        span.set_attributes({"n": 3})
    assert len(spanloom.search_traces("span.attributes.n = 3")) == 1
    assert spanloom.delete_traces(filter="span.attributes.n = 3") == 1
    starts = " OR ".join(f"{digit}*" for digit in "0123456789abcdef")
    with sqlite3.connect(store) as connection:
        count = "SELECT count(*) FROM span_attributes WHERE span_attributes MATCH ?"
        assert connection.execute(count, [starts]).fetchone() == (0,)
