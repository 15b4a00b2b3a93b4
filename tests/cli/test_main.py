from __future__ import annotations

import subprocess
import sys

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


def test_a_broken_pipe_is_no_traceback(environment: dict[str, str]):
    with spanloom.start_span("agent"):
        pass
    spanloom.flush()
    command = [sys.executable, "-m", "spanloom", "traces", "show", "last", "--json"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait() == 1
    assert b"Traceback" not in errors


def test_an_output_that_only_knows_ascii_is_written(run_spanloom):
    with spanloom.start_span("Wetter für Paris"):
        pass
    spanloom.flush()
    finished = run_spanloom("traces", "show", "last", PYTHONIOENCODING="ascii")
    assert finished.returncode == 0
    assert "Wetter f?r Paris OK" in finished.stdout
