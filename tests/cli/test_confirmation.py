"""Nothing is deleted unless somebody says yes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import spanloom
from spanloom.evaluation.datasets.catalog import create_dataset

DELETE_TRACES = ("traces", "delete", "--experiment", "Default")


@pytest.fixture(autouse=True)
def stored() -> None:
    with spanloom.start_span("asked"), spanloom.start_run(run_name="base"):
        pass
    spanloom.register_prompt("greet", "Hello {{name}}")
    create_dataset("capitals")
    spanloom.flush()


def answered(environment: dict[str, str], answer: Any, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "spanloom", *arguments]
    given = {"stdin": answer} if isinstance(answer, int) else {"input": answer}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, **given)


@pytest.mark.parametrize(
    "arguments",
    [
        DELETE_TRACES,
        (*DELETE_TRACES, "--json"),
        ("store", "trim", "--older-than", "1d"),
        ("runs", "delete", "base"),
        ("prompts", "delete", "greet"),
        ("datasets", "delete", "capitals"),
    ],
)
def test_without_anybody_to_answer_the_option_is_named(environment: dict[str, str], arguments: tuple[str, ...]) -> None:
    refused = answered(environment, "", *arguments)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "no terminal to ask: add --yes" in refused.stderr
    assert len(spanloom.search_traces()) == 1


def test_an_answer_in_a_pipe_counts(environment: dict[str, str]) -> None:
    refused = answered(environment, "n\n", *DELETE_TRACES)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "Aborted" in refused.stderr
    agreed = answered(environment, "y\n", *DELETE_TRACES, "--json")
    assert (agreed.returncode, agreed.stdout) == (0, '{\n  "deleted": 1\n}\n')
    assert agreed.stderr.startswith("Delete these traces from ")


@pytest.mark.skipif(sys.platform == "win32", reason="has no such terminals")
@pytest.mark.parametrize(("typed", "code", "left"), [(b"yes\n", 0, 0), (b"\n", 1, 1), (b"\x04", 1, 1)])
def test_a_person_is_asked(environment: dict[str, str], typed: bytes, code: int, left: int, tmp_path: Path) -> None:
    ours, theirs = os.openpty()
    os.write(ours, typed)
    done = answered(environment, theirs, *DELETE_TRACES)
    os.close(theirs)
    os.close(ours)
    assert done.returncode == code
    assert "[y/N]" in done.stderr
    assert "--yes" not in done.stderr
    assert len(spanloom.search_traces()) == left
