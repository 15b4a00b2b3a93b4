"""Traces compared with readable files beside the tests."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spanloom.errors import NotFoundError
from spanloom.evaluation.pytest_plugin.places import file_beside
from spanloom.testing.outline import outline
from spanloom.tracing.api import get_last_active_trace_id, get_trace
from spanloom.tracing.traces import Trace

__all__ = ["TraceSnapshot"]

_HINT = "pytest --spanloom-update-snapshots"


class TraceSnapshot:
    """Compares a trace's outline (`spanloom.testing.outline`) with `snapshots/<test file>/<test>.txt` beside the test.

    Args:
        test_file: The test's file.
        nodeid: The test's name in full.
        updates: Whether files are written where they differ.
        note: Takes what the test's report shall say.
    """

    def __init__(self, test_file: Path, nodeid: str, *, updates: bool, note: Callable[[dict[str, Any]], None]) -> None:
        self._test_file = test_file
        self._nodeid = nodeid
        self._updates = updates
        self._note = note
        self._calls = 0

    def __call__(self, trace: Trace | None = None, name: str | None = None) -> None:
        """Fail the test if the trace is not like the file.

        Args:
            trace: The trace; the last one that began, by default.
            name: Tells several snapshots of one test apart; the second one is called 2 by default.

        Raises:
            NotFoundError: If there was no trace.
        """
        self._calls += 1
        part = name or (str(self._calls) if self._calls > 1 else "")
        nodeid = f"{self._nodeid}.{part}" if part else self._nodeid
        path = file_beside(self._test_file, nodeid, "snapshots", ".txt")
        found = outline(trace if trace is not None else _last_trace()) + "\n"
        expected = path.read_text(encoding="utf-8") if path.exists() else None
        if found == expected:
            return
        if not self._updates:
            pytest.fail(_difference(path, expected, found), pytrace=False)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(found, encoding="utf-8")
        self._note({"kind": "file", "path": str(path)})


def _last_trace() -> Trace:
    trace_id = get_last_active_trace_id()
    trace = get_trace(trace_id) if trace_id is not None else None
    if trace is None:
        raise NotFoundError("there is no trace yet to compare: is autologging on, or the agent traced?")
    return trace


def _difference(path: Path, expected: str | None, found: str) -> str:
    if expected is None:
        return f"there is no snapshot {path}; {_HINT} writes it:\n\n{found}"
    lines = difflib.unified_diff(expected.splitlines(), found.splitlines(), "snapshot", "trace", lineterm="")
    return "\n".join([f"the trace is not like {path}; if it is right, run {_HINT}", "", *lines])
