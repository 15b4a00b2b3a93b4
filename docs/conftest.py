"""Runs the blocks of pages in their order, each page in an empty folder: `pytest docs/models.md`.

A block of Python that begins with the name of a file is that file. What is marked as `console` is for reading only.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sybil import Example, Sybil
from sybil.evaluators.python import PythonEvaluator
from sybil.parsers.markdown import CodeBlockParser

from spanloom.testing import reset

PAGES = (
    "datasets.md",
    "evaluation.md",
    "from_notebook_to_production.md",
    "judges.md",
    "models.md",
    "prompts.md",
    "registry.md",
    "schemas.md",
    "search.md",
    "testing.md",
    "tracking.md",
)
"""The others show parts of programs, or need what is not here."""

FILE = re.compile(r"# (\w+\.py)\n")
"""The first line of a block that is a file."""

run_python = PythonEvaluator()


def evaluate_python(example: Example) -> str | None:
    """Run the block, or write the file that it is."""
    file = FILE.match(example.parsed)
    if file is None:
        return run_python(example)
    Path(file[1]).write_text(example.parsed, encoding="utf-8")
    return None


def evaluate_bash(example: Example) -> None:
    """Run the commands in a shell; what it leaves in the background goes on until the end of the page."""
    if example.parsed.startswith("pip install"):
        return  # what there is to install is installed: whoever runs this chose the environment
    with subprocess.Popen(["bash", "-euo", "pipefail", "-c", example.parsed], start_new_session=True) as shell:
        example.namespace["shells"].append(shell.pid)
    assert shell.returncode == 0, f"exit code {shell.returncode}"


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("page"))
        patch.syspath_prepend(Path.cwd())
        patch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
        yield
    reset()


def stop_background(namespace: dict[str, list[int]]) -> None:
    for group in namespace["shells"]:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGTERM)


pytest_collect_file = Sybil(
    parsers=[CodeBlockParser(language="python", evaluator=evaluate_python), CodeBlockParser("bash", evaluate_bash)],
    patterns=PAGES,
    setup=lambda namespace: namespace.update(shells=[]),
    teardown=stop_background,
    fixtures=["page"],
).pytest()
