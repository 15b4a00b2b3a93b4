from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from spanloom import Trace

if find_spec("typer") is None:
    collect_ignore_glob = ["test_*.py"]

Command = Callable[..., "subprocess.CompletedProcess[str]"]


def environment_for(store: Path) -> dict[str, str]:
    ours = ("OPENAI_", "SPANLOOM_", "COLUMNS", "FORCE_COLOR", "NO_COLOR")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(ours)}
    return {**kept, "SPANLOOM_STORE": f"sqlite:///{store}", "SPANLOOM_STRICT": "1", "PYTHONIOENCODING": "utf-8"}


def spanloom_process(
    arguments: tuple[str, ...], environment: dict[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "spanloom", *arguments],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


@pytest.fixture
def environment(store: Path) -> dict[str, str]:
    """What a `spanloom` process of the test sees: the test's store, no provider, no terminal."""
    return environment_for(store)


@pytest.fixture
def run_spanloom(environment: dict[str, str], tmp_path: Path) -> Command:
    """Run the command in a process of its own, its output in pipes."""

    folder = tmp_path / "folder"
    folder.mkdir()

    def run(*arguments: str, **changed: str) -> subprocess.CompletedProcess[str]:
        return spanloom_process(arguments, {**environment, **changed}, folder)

    return run


@dataclass(frozen=True)
class FinishedDemo:
    """What one run of the demo printed and stored, and what another process then shows."""

    stdout: str
    stderr: str
    returncode: int
    store: Path
    shown: str
    trace: Trace


@pytest.fixture(scope="module")
def finished_demo(tmp_path_factory: pytest.TempPathFactory) -> FinishedDemo:
    folder = tmp_path_factory.mktemp("demo")
    path = folder / "demo.db"
    environment = environment_for(path)
    demo = spanloom_process(("demo",), environment, folder)
    shown = spanloom_process(("traces", "show", "last"), environment, folder).stdout
    document = spanloom_process(("traces", "show", "last", "--json"), environment, folder).stdout
    return FinishedDemo(demo.stdout, demo.stderr, demo.returncode, path, shown, Trace.from_json(document))


@pytest.fixture
def invoke() -> Callable[..., Any]:
    """Run the command in this process."""
    from typer.testing import CliRunner

    from spanloom.cli.app import app

    return lambda *arguments: CliRunner().invoke(app, arguments)
