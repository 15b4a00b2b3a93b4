from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

import spanloom
from spanloom.tracing.pipeline import pipeline
from spanloom.tracing.recorder import open_span

DAY = 86_400 * 10**9


@pytest.fixture(autouse=True)
def traces(store) -> None:
    for days in (0, 1, 29, 31, 60):
        span = open_span(f"{days} days", "TASK", None, start_time_ns=time.time_ns() - days * DAY)
        span.set_inputs("x" * 100_000)
        span.end(end_time_ns=span.start_time_ns + 1)
    spanloom.flush()


def names() -> list[str]:
    return [trace.info.name for trace in spanloom.search_traces()]


def test_old_traces_are_deleted_after_a_question(invoke: Callable[..., Any], store) -> None:
    answered = invoke("store", "trim", "--older-than", "30d", "--store", f"sqlite:///{store}", "--yes")
    assert answered.exit_code == 0, answered.output
    assert answered.output.startswith("2 traces deleted, from ")
    assert names() == ["0 days", "1 days", "29 days"]


def test_without_a_yes_nothing_is_deleted(invoke: Callable[..., Any], store) -> None:
    assert invoke("store", "trim", "--older-than", "30d", "--store", f"sqlite:///{store}").exit_code == 2
    assert len(names()) == 5


def test_a_dry_run_only_says_how_many(invoke: Callable[..., Any], store) -> None:
    arguments = ("store", "trim", "--older-than", "30d", "--dry-run", "--store", f"sqlite:///{store}")
    assert "about 2 traces would be deleted, of " in invoke(*arguments).output
    said = json.loads(invoke(*arguments, "--json").output)
    assert said["would_delete"] == 2
    assert said["bytes"] > 500_000
    assert len(names()) == 5


def test_the_oldest_go_for_the_size(invoke: Callable[..., Any], store) -> None:
    limit = pipeline.store().size_bytes() - 150_000
    arguments = ("store", "trim", "--max-size", f"{limit}B", "--store", f"sqlite:///{store}", "--json")
    assert json.loads(invoke(*arguments, "--dry-run").output)["would_delete"] >= 1
    said = json.loads(invoke(*arguments, "--yes").output)
    assert said["bytes_after"] <= limit < said["bytes_before"]
    assert 1 <= said["deleted"] <= 3
    assert names() == ["0 days", "1 days", "29 days", "31 days", "60 days"][: 5 - said["deleted"]]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ([], "say what is to go"),
        (["--older-than", "soon"], "'soon' is no age"),
        (["--max-size", "big"], "'big' is no size"),
    ],
)
def test_what_makes_no_sense_is_refused(run_spanloom: Callable[..., Any], arguments: list[str], complaint: str) -> None:
    refused = run_spanloom("store", "trim", *arguments)
    assert refused.returncode != 0
    assert complaint in refused.stderr
