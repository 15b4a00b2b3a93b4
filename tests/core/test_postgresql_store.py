from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

import spanloom
from spanloom.errors import FilterError, MissingExtraError, StoreError
from spanloom.tracing.pipeline import pipeline

psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'spanloom[postgresql]'")


def record(name: str = "root", **attributes: Any) -> str:
    with spanloom.start_span(name, attributes=attributes) as span:
        span.set_inputs({"text": name})
    spanloom.flush()
    return span.trace_id


def execute(url: str, statement: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


def cut_connections(url: str) -> None:
    execute(url, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'spanloom'")


def test_the_tables_stand_in_a_schema_of_their_own(new_database: Callable[[str], str]) -> None:
    url = new_database("shared")
    execute(url, "CREATE TABLE traces (anything INTEGER)")
    spanloom.configure(store=url)
    record("ours")
    assert execute(url, "SELECT count(*) FROM public.traces") == [(0,)]
    assert execute(url, "SELECT name FROM spanloom.traces") == [("ours",)]
    spanloom.configure(store=url.replace("postgresql://", "postgres://"))
    assert [trace.info.name for trace in spanloom.search_traces()] == ["ours"]


def test_processes_that_start_at_once_make_the_tables_once_and_lose_nothing(new_database: Callable[[str], str]) -> None:
    url = new_database("busy")
    script = (
        "import spanloom\n"
        "for n in range(100):\n"
        "    parent = f'00-{n % 5 + 1:032x}-00000000000000ff-01'\n"
        "    headers = spanloom.set_tracing_context_from_http_request_headers({'traceparent': parent})\n"
        "    with headers, spanloom.start_span('shared') as span:\n"
        "        span.set_token_usage(spanloom.TokenUsage(1, 2))\n"
        "    if n % 7 == 0: spanloom.flush()\n"
    )
    environment = {**os.environ, "SPANLOOM_STORE": url}
    writers = [subprocess.Popen([sys.executable, "-c", script], env=environment) for _ in range(4)]
    assert [writer.wait() for writer in writers] == [0] * 4
    spanloom.configure(store=url)
    traces = spanloom.search_traces()
    assert len(traces) == 5
    assert {len(trace.data.spans) for trace in traces} == {80}
    assert {trace.info.token_usage for trace in traces} == {spanloom.TokenUsage(80, 160, 240)}
    assert execute(url, "SELECT count(*) FROM spanloom.schema_version") == [(1,)]


def test_a_lost_connection_is_opened_again(postgresql_url: str) -> None:
    record("before")
    cut_connections(postgresql_url)
    record("after")
    cut_connections(postgresql_url)
    assert [trace.info.name for trace in spanloom.search_traces()] == ["after", "before"]
    assert pipeline.dropped == 0


def test_a_connection_that_is_lost_within_a_transaction_leaves_every_span_once(postgresql_url: str) -> None:
    store: Any = pipeline.store()
    runs: list[int] = []

    def work(connection: Any) -> None:
        runs.append(1)
        connection.execute("CREATE TABLE IF NOT EXISTS counted (n INTEGER)")
        connection.execute("INSERT INTO counted VALUES (1)")
        if len(runs) == 1:
            cut_connections(postgresql_url)
            connection.execute("SELECT 1")

    store._writing.transact(work)
    assert len(runs) == 2
    assert execute(postgresql_url, "SELECT sum(n) FROM spanloom.counted") == [(1,)]


def test_a_commit_whose_answer_is_lost_is_not_repeated(postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store: Any = pipeline.store()
    commit = psycopg.Transaction.__exit__
    lost: list[int] = []

    def lose_the_answer(transaction: Any, *error: Any) -> Any:
        result = commit(transaction, *error)
        if not lost:
            lost.append(1)
            transaction.connection.close()
            raise psycopg.OperationalError("the connection is lost")
        return result

    store._writing.transact(lambda connection: connection.execute("CREATE TABLE counted (n INTEGER)"))
    monkeypatch.setattr(psycopg.Transaction, "__exit__", lose_the_answer)
    store._writing.transact(lambda connection: connection.execute("INSERT INTO counted VALUES (1)").rowcount)
    assert lost
    assert execute(postgresql_url, "SELECT sum(n) FROM spanloom.counted") == [(1,)]


def test_characters_that_postgresql_does_not_have_are_replaced_outside_json(postgresql_url: str) -> None:
    trace = spanloom.get_trace(record("a\0b\ud800c", text="x\0y"))
    assert trace is not None
    assert (trace.info.name, trace.data.spans[0].attributes["text"]) == ("a\ufffdb\ufffdc", "x\0y")
    for text in ("span.attributes.text LIKE 'x%'", "text MATCH 'b'", "tags.none IS NULL"):
        assert len(spanloom.search_traces(text)) == 1, text


def test_texts_that_are_too_long_for_an_index_are_cut_with_a_mark(postgresql_url: str) -> None:
    long = "".join(chr(0x4E00 + number) for number in range(5000))
    with spanloom.tracing_context(session_id=long, tags={"k": long}):
        trace = spanloom.get_trace(record(long))
    assert trace is not None
    assert trace.info.name == trace.info.session_id == long[:599] + "…"
    assert trace.info.tags == {"k": long}
    assert len(spanloom.search_traces(f"tags.k = '{long}'")) == 1


def test_a_text_of_nothing_but_different_words_is_stored(postgresql_url: str) -> None:
    spanloom.configure(max_payload_bytes=3_000_000)
    with spanloom.start_span("root") as span:
        span.set_inputs(" ".join(f"{number:x}" for number in range(250_000)))
        span.set_outputs("ende")
    assert len(spanloom.search_traces("text MATCH 'abc ende'")) == 1
    assert pipeline.dropped == 0


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        (r"\broot\b", True),
        ("(?i)ROOT", True),
        ("r(?P<x>o+)t", True),
        ("^r.o", True),
        (r"(?s)a.b", False),
        ("root$", True),
    ],
)
def test_regular_expressions_of_python_are_understood(postgresql_url: str, pattern: str, fits: bool) -> None:
    record("root")
    assert bool(spanloom.search_traces(f"name RLIKE '{pattern}'")) == fits


def test_a_regular_expression_that_postgresql_does_not_have_is_a_mistake_of_the_filter(postgresql_url: str) -> None:
    with pytest.raises(FilterError, match="can't read this regular expression"):
        spanloom.search_traces("name RLIKE '(?P<a>x)(?P=a)'")
    record("the store goes on")


def test_size_falls_when_traces_are_deleted(postgresql_url: str) -> None:
    store = pipeline.store()
    assert store.size_bytes() == 0
    ids = [record("x" * 100) for _ in range(4)]
    whole = store.size_bytes()
    assert whole > 4 * 300
    assert spanloom.delete_traces(trace_ids=ids[:2]) == 2
    store.vacuum()
    assert store.size_bytes() == pytest.approx(whole / 2, rel=0.1)


def test_a_vacuum_that_the_server_skips_is_told(new_database: Callable[[str], str]) -> None:
    url = new_database("skipped")
    spanloom.configure(store=url)
    record("x")
    execute(url, "DROP ROLE IF EXISTS reader")
    execute(url, "CREATE ROLE reader LOGIN")
    execute(url, "GRANT USAGE ON SCHEMA spanloom TO reader")
    execute(url, "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA spanloom TO reader")
    spanloom.configure(store=url.replace("postgres@", "reader@"))
    with pytest.raises(StoreError, match=r"can't be vacuumed: .*traces.*The role that owns the tables"):
        pipeline.store().vacuum()
    assert [trace.info.name for trace in spanloom.search_traces()] == ["x"]
    spanloom.configure(store=url)
    pipeline.store().vacuum()


def test_a_server_that_is_away_is_named_without_the_password() -> None:
    with pytest.raises(StoreError, match=r"postgresql://ann@127.0.0.1:1/traces can't be opened.*server runs") as caught:
        spanloom.configure(store="postgresql://ann:s3cret@127.0.0.1:1/traces")
    assert "s3cret" not in str(caught.value)
    with pytest.raises(StoreError, match="percent-encoded") as caught:
        spanloom.configure(store="postgresql://ann:s3cret%zz@127.0.0.1/traces")
    assert "s3cret" not in str(caught.value)
    with pytest.raises(StoreError, match=r"'postgressql://ann:\*\*\*@db/x' names no trace store"):
        spanloom.configure(store="postgressql://ann:s3cret@db/x")


def test_a_database_that_does_not_exist_is_explained(postgresql_url: str) -> None:
    with pytest.raises(StoreError, match=r'"nowhere" does not exist.*createdb'):
        spanloom.configure(store=postgresql_url.replace("/traces?", "/nowhere?"))


def test_the_schema_of_another_program_is_left_untouched(new_database: Callable[[str], str]) -> None:
    url = new_database("foreign")
    execute(url, "CREATE SCHEMA spanloom")
    execute(url, "CREATE TABLE spanloom.looms (width INTEGER)")
    with pytest.raises(StoreError, match=r"another program \(looms, …\).*left untouched"):
        spanloom.configure(store=url)
    assert execute(url, "SELECT tablename::text FROM pg_tables WHERE schemaname = 'spanloom'") == [("looms",)]


def test_a_store_of_a_newer_version_asks_for_an_upgrade(postgresql_url: str) -> None:
    execute(postgresql_url, "UPDATE spanloom.schema_version SET version = 99")
    with pytest.raises(StoreError, match=r"newer spanloom .*pip install --upgrade spanloom"):
        spanloom.configure(store=postgresql_url)


def test_a_role_that_may_not_make_the_schema_is_told_what_to_ask_for(new_database: Callable[[str], str]) -> None:
    url = new_database("guarded")
    execute(url, "DROP ROLE IF EXISTS guest")
    execute(url, "CREATE ROLE guest LOGIN")
    guest = url.replace("postgres@", "guest@")
    with pytest.raises(StoreError, match="CREATE SCHEMA spanloom AUTHORIZATION"):
        spanloom.configure(store=guest)
    execute(url, "CREATE SCHEMA spanloom AUTHORIZATION guest")
    spanloom.configure(store=guest)
    record("as a guest")
    assert len(spanloom.search_traces()) == 1


def test_a_database_that_cannot_hold_every_text_is_refused(postgresql_url: str) -> None:
    execute(postgresql_url, "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0 LOCALE 'C'")
    with pytest.raises(StoreError, match=r"encoding LATIN1.*createdb --encoding=UTF8"):
        spanloom.configure(store=postgresql_url.replace("/traces?", "/latin?"))
    execute(postgresql_url, "DROP DATABASE latin")


def test_the_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'spanloom\[postgresql\]'"):
        spanloom.configure(store="postgresql://ann@db/traces")
