"""A store whose file goes away while it is in use, and a process that ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import spanloom


def record(name: str) -> None:
    with spanloom.start_span(name):
        pass
    spanloom.flush()


def names(store: Path) -> list[str | None]:
    spanloom.configure(store="sqlite://")
    spanloom.configure(store=f"sqlite:///{store}")
    return [trace.info.name for trace in spanloom.search_traces()]


def test_a_deleted_file_is_begun_anew_and_told(store: Path, caplog: pytest.LogCaptureFixture) -> None:
    record("before")
    for path in store.parent.glob(f"{store.name}*"):
        path.unlink()
    record("after")
    assert f"{store} was deleted or replaced; a new one is begun" in caplog.text
    assert names(store) == ["after"]


def test_a_file_that_was_moved_away_keeps_what_it_had(store: Path, tmp_path: Path) -> None:
    record("before")
    moved = tmp_path / "moved.db"
    for path in store.parent.glob(f"{store.name}*"):
        path.rename(f"{moved}{path.name.removeprefix(store.name)}")
    record("after")
    assert names(moved) == ["before"]
    assert names(store) == ["after"]


def test_a_process_that_changes_its_folder_keeps_its_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    spanloom.configure(store="sqlite:///here.db")
    record("before")
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path / "folder")
    record("after")
    assert names(tmp_path / "here.db") == ["after", "before"]
    assert not [*Path().iterdir()]


def test_spans_of_handlers_that_run_at_exit_are_kept(store: Path) -> None:
    code = f"""
import atexit, spanloom
def late():
    with spanloom.start_span("late"):
        pass
atexit.register(late)  # earlier than ours: runs after it
spanloom.configure(store="sqlite:///{store}")
with spanloom.start_span("early"):
    pass
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    assert names(store) == ["late", "early"]
