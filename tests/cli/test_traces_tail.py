from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

import spanloom

WRITER = """
import sys, spanloom
for line in sys.stdin:
    word, _, name = line.strip().partition(" ")
    if word == "begin":
        early = spanloom.start_span_no_context(name)
        child = spanloom.start_span_no_context("child", parent_span=early)
        child.end()
    elif word == "end":
        early.end()
    else:
        with spanloom.start_span(name):
            pass
    spanloom.flush()
    print("done", flush=True)
"""


@pytest.fixture
def tail(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    with spanloom.start_span("before"):
        pass
    spanloom.flush()
    yield from started(
        [sys.executable, "-m", "spanloom", "traces", "tail", "--json", "--filter", "name != 'dull'"], environment
    )


@pytest.fixture
def writer(environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    yield from started([sys.executable, "-c", WRITER], environment)


def started(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        yield process
        process.kill()


def write(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{line}\n")
    process.stdin.flush()
    assert process.stdout.readline() == "done\n"


def test_each_trace_is_shown_once_when_it_ends_whichever_process_writes_it(tail, writer):
    assert tail.stderr.readline().startswith("following the traces of ")
    write(writer, "begin early")
    for name in ("one", "dull", "two"):
        write(writer, f"whole {name}")
    with spanloom.start_span("three"):
        pass
    spanloom.flush()
    # All three may have ended within a millisecond, and no order is known below that.
    assert {json.loads(tail.stdout.readline())["name"] for _ in range(3)} == {"one", "two", "three"}
    write(writer, "end early")
    assert json.loads(tail.stdout.readline())["name"] == "early"
    write(writer, "whole last")
    assert json.loads(tail.stdout.readline())["name"] == "last"
    tail.send_signal(signal.SIGINT)
    rest, told = tail.communicate()
    assert (tail.returncode, rest, told) == (130, "", "Interrupted\n")


def test_a_mistake_in_the_filter_is_told_at_once(run_spanloom):
    with spanloom.start_span("agent"):
        pass
    spanloom.flush()
    finished = run_spanloom("traces", "tail", "--filter", "nmae = 'x'")
    assert finished.returncode == 1
    assert "did you mean name?" in finished.stderr


def test_without_a_store_there_is_nothing_to_follow(run_spanloom, tmp_path):
    finished = run_spanloom("traces", "tail", "--store", f"sqlite:///{tmp_path}/none.db")
    assert finished.returncode == 1
    assert "there is no trace store" in finished.stderr
