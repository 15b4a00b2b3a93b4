from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import spanloom


def test_the_version_is_printed(run_spanloom):
    finished = run_spanloom("--version")
    assert (finished.returncode, finished.stdout) == (0, f"spanloom {spanloom.__version__}\n")


def test_an_unknown_command_exits_with_two(run_spanloom):
    finished = run_spanloom("nonsense")
    assert finished.returncode == 2
    assert "No such command 'nonsense'" in finished.stderr


@pytest.mark.parametrize("missing", ["typer", "rich"])
def test_without_its_extra_the_command_names_the_install(environment: dict[str, str], missing: str):
    program = f"import sys; sys.modules[{missing!r}] = None; from spanloom.cli import main; main()"
    finished = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=False
    )
    assert finished.returncode == 1
    assert finished.stderr == (
        "Error: the spanloom command needs an extra that is not installed: pip install 'spanloom[cli]'\n"
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("traces", "show", "last"),
        ("traces", "show", "last", "--json"),
        ("traces", "export", "last"),
        ("traces", "export", "last", "--html"),
        ("store", "vacuum"),
        ("--help",),
        ("traces", "--help"),
        ("--version",),
    ],
)
def test_a_reader_that_leaves_ends_a_command_quietly(environment: dict[str, str], arguments: tuple[str, ...]):
    with spanloom.start_span("agent") as span:
        span.set_inputs("a page that no buffer holds" * 10_000)
    spanloom.flush()
    command = [sys.executable, "-m", "spanloom", *arguments]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 0
    assert errors == b""


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize(
    "arguments", [("traces", "list"), ("traces", "list", "--json"), ("traces", "export", "last"), ("--help",)]
)
def test_a_full_disk_is_told(environment: dict[str, str], arguments: tuple[str, ...]):
    with spanloom.start_span("agent"):
        pass
    spanloom.flush()
    with Path("/dev/full").open("wb") as full:
        finished = subprocess.run(
            [sys.executable, "-m", "spanloom", *arguments], env=environment, stdout=full, stderr=-1, check=False
        )
    assert finished.returncode == 1
    assert finished.stderr == b"Error: the output can't be written: No space left on device\n"


def test_an_output_that_only_knows_ascii_is_written(run_spanloom):
    with spanloom.start_span("Wetter für Paris"):
        pass
    spanloom.flush()
    finished = run_spanloom("traces", "show", "last", PYTHONIOENCODING="ascii")
    assert finished.returncode == 0
    assert "Wetter f?r Paris OK" in finished.stdout
