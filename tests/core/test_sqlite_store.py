from __future__ import annotations

import re
import sqlite3
from pathlib import Path

import pytest

import spanloom
from spanloom.errors import StoreError
from spanloom.store.migrations import _MIGRATIONS, APPLICATION_ID
from spanloom.testing import outline
from spanloom.tracing.assessments import Assessment, AssessmentSource, Feedback


def record(name: str = "root", *, text: str = "") -> str:
    with spanloom.start_span(name) as span:
        span.set_inputs({"text": text})
        span.set_token_usage(spanloom.TokenUsage(3, 4))
    return span.trace_id


def assessments(trace_id: str) -> list[Assessment]:
    trace = spanloom.get_trace(trace_id)
    assert trace is not None
    return trace.info.assessments


def names(text: str) -> list[str]:
    return [trace.info.name for trace in spanloom.search_traces(text)]


def test_a_folder_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"its folder does not exist.*configure\(store="):
        spanloom.configure(store=f"sqlite:///{tmp_path}/nowhere/traces.db")
    record()
    assert len(spanloom.search_traces()) == 1, "the previous store stays in use"


def test_a_path_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="can't be opened"):
        spanloom.configure(store=f"sqlite:///{tmp_path}")


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to look at" * 100, b"SQLite format 3\x00" + b"\xff" * 5000]
)
def test_a_corrupt_file_is_left_untouched(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "corrupt.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=f"{path.name}.*left untouched"):
        spanloom.configure(store=f"sqlite:///{path}")
    assert path.read_bytes() == content
    assert sorted(tmp_path.glob("corrupt*")) == [path]


def test_the_database_of_another_program_is_left_untouched(tmp_path: Path) -> None:
    path = tmp_path / "accounts.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE accounts (id INTEGER)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        spanloom.configure(store=f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_a_store_of_a_newer_version_asks_for_an_upgrade(store: Path) -> None:
    spanloom.configure(store="sqlite://")
    with sqlite3.connect(store) as connection:
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreError, match=r"newer spanloom .*pip install --upgrade spanloom"):
        spanloom.configure(store=f"sqlite:///{store}")


def test_a_store_in_memory_keeps_traces_until_it_is_closed() -> None:
    spanloom.configure(store="sqlite://")
    record()
    assert outline(spanloom.search_traces()[0]) == "UNKNOWN root [3+4 tokens]"


def test_secrets_in_assessments_never_reach_the_store(store: Path) -> None:
    spanloom.configure(redact=[re.compile(r"sk-\d+"), "password"])
    trace_id = record()
    source = AssessmentSource("HUMAN", "sk-1")
    said = spanloom.log_feedback(
        trace_id,
        "sk-1",
        {"key": "sk-1", "password": "x"},
        source=source,
        rationale="it is sk-1",
        metadata={"key": "sk-1"},
        error=ValueError("sk-1"),
    )
    assert (said.value, said.rationale) == ({"key": "[REDACTED]", "password": "[REDACTED]"}, "it is [REDACTED]")
    assert assessments(trace_id) == [said]
    spanloom.update_assessment(trace_id, str(said.assessment_id), Feedback(value="sk-1 again"))
    spanloom.configure(store="sqlite://")
    everything = store.read_bytes()
    assert b"[REDACTED] again" in everything
    assert b"sk-1" not in everything


def test_a_store_of_an_older_version_learns_to_keep_assessments(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as connection:
        for script in _MIGRATIONS[:2]:
            connection.executescript(script)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 2")
        connection.execute(
            "INSERT INTO traces (trace_id, experiment, name, state, start_time_ns, metadata, tags) "
            "VALUES ('old', 'Default', 'agent', 'OK', 1, '{}', '{}')"
        )
    connection.close()
    spanloom.configure(store=f"sqlite:///{path}")
    assert assessments("old") == []
    said = spanloom.log_feedback("old", value=True)
    assert assessments("old") == [said]


def test_a_file_of_an_older_version_can_be_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        for script in _MIGRATIONS[:3]:
            for statement in script.split(";"):
                connection.execute(statement)
        connection.execute("PRAGMA user_version = 3")
        connection.execute(
            "INSERT INTO traces (trace_id, experiment, name, state, start_time_ns, metadata, tags) "
            """VALUES ('t1', 'Default', 'old', 'OK', 5000000, '{}', '{"env": "prod"}')"""
        )
        connection.execute(
            "INSERT INTO spans VALUES ('t1', 's1', NULL, 'old', 'LLM', 5000000, 6000000, 'OK', '', "
            """'"hello\\nworld"', NULL, '{"gen_ai.request.model": "gpt-5"}', NULL)"""
        )
    connection.close()
    spanloom.configure(store=f"sqlite:///{path}")
    for text in ("text MATCH 'world'", "model = 'gpt-5'", "tags.env = 'prod'", "span.type = 'LLM'", "timestamp_ms = 5"):
        assert names(text) == ["old"], text
    record("new", text="world")
    assert names("text MATCH 'world'") == ["new", "old"]
