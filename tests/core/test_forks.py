"""Processes that fork while other threads use the store."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import spanloom

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system can't fork")

PYTHON = (sys.executable, "-W", "ignore::DeprecationWarning")  # of forks beside threads, from Python 3.12 on

HEAD = """
import os, sys, threading, spanloom
spanloom.configure(store=sys.argv[1])
stop = threading.Event()

def fork(work):
    child = os.fork()
    if child == 0:
        work()
        spanloom.flush()
        os._exit(0)
    return child

def trace(name):
    with spanloom.start_span(name) as span:
        span.set_inputs("x" * 3000)
"""
TRACING = """
def busy():
    while not stop.is_set():
        trace("parent")
        spanloom.flush()

trace("parent")
spanloom.search_traces()  # imported: Python never frees the lock of a module that a fork caught half imported
thread = threading.Thread(target=busy)
thread.start()
children = [fork(lambda: trace("child")) for _ in range(12)]
ended = [os.waitpid(child, 0)[1] for child in children]
stop.set()
thread.join()
print(len(spanloom.search_traces("name = 'child'")))
"""
SEARCHING = TRACING.replace('trace("parent")\n        spanloom.flush()', "spanloom.search_traces()")
LONE_CHILD = """
trace("parent")
spanloom.flush()
def go_on():
    trace("before")
    spanloom.flush()
    os.close(told)
    sys.stdin.read()
    trace("after")

done, told = os.pipe()
child = fork(go_on)
os.close(told)
os.read(done, 1)
spanloom.configure(store="sqlite://")  # the parent's last use of the file
print(flush=True)
os.waitpid(child, 0)
"""


def run(code: str, store: str) -> str:
    command = [*PYTHON, "-c", HEAD + code, store]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    return ended.stdout.strip()


@pytest.mark.parametrize("code", [TRACING, SEARCHING])
def test_children_write_whatever_the_parents_threads_do(code: str, store: Path) -> None:
    assert run(code, f"sqlite:///{store}") == "12"


def test_a_child_that_stays_alone_with_the_file_loses_nothing(store: Path) -> None:
    spanloom.configure(store="sqlite://")
    command = [*PYTHON, "-c", HEAD + LONE_CHILD, f"sqlite:///{store}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "\n"
        spanloom.configure(store=f"sqlite:///{store}")
        assert len(spanloom.search_traces()) == 2
        spanloom.configure(store="sqlite://")  # the last to close the file removes its log, if no lock tells of others
        process.stdin.close()
    spanloom.configure(store=f"sqlite:///{store}")
    assert sorted(trace.info.name for trace in spanloom.search_traces()) == ["after", "before", "parent"]
