"""Runs in processes that fork, and in a store whose file goes away."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import spanloom
from spanloom.tracking import get_run

CHILDREN = """
import os, sys, threading, spanloom
spanloom.configure(store=sys.argv[1])
stop = threading.Event()
run = spanloom.start_run()

def busy(run_id):
    while not stop.is_set():
        spanloom.log_metric("loss", 1.0, run_id=run_id)

spanloom.log_metric("loss", 1.0)  # imported: Python never frees the lock of a module that a fork caught half imported
thread = threading.Thread(target=busy, args=[run.info.run_id])
thread.start()
children = []
for number in range(12):
    child = os.fork()
    if child == 0:
        spanloom.log_metric(f"child {number}", 1.0, run_id=run.info.run_id)
        os._exit(0)
    children.append(child)
ended = [os.waitpid(child, 0)[1] for child in children]
stop.set()
thread.join()
spanloom.end_run()
print(run.info.run_id, *ended)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system can't fork")
def test_children_log_whatever_the_parents_threads_do(store_url: str) -> None:
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", CHILDREN, store_url]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    run_id, *codes = ended.stdout.split()
    assert codes == ["0"] * 12
    assert len(get_run(run_id).data.metrics) == 13


def test_a_deleted_file_is_begun_anew_with_its_tables(store: Path) -> None:
    with spanloom.start_run():
        pass
    for path in store.parent.glob(f"{store.name}*"):
        path.unlink()
    with spanloom.start_run() as run:
        spanloom.log_metric("loss", 1.0)
    spanloom.configure(store="sqlite://")
    spanloom.configure(store=f"sqlite:///{store}")  # refuses a file that is no trace store
    assert get_run(run.info.run_id).data.metrics == {"loss": 1.0}
    assert len(spanloom.search_runs(output_format="list")) == 1


def test_a_file_that_was_deleted_before_the_first_run_is_a_trace_store_again(store: Path) -> None:
    with spanloom.start_span("before"):
        pass
    spanloom.flush()
    for path in store.parent.glob(f"{store.name}*"):
        path.unlink()
    spanloom.register_prompt("greeting", "Hello")
    spanloom.configure(store="sqlite://")
    spanloom.configure(store=f"sqlite:///{store}")
    assert spanloom.load_prompt("prompts:/greeting/1").template == "Hello"


def test_threads_that_come_at_once_share_one_store_in_memory() -> None:
    spanloom.configure(store="sqlite://")
    begin = threading.Barrier(8)

    def register(number: int) -> None:
        begin.wait()
        spanloom.register_prompt(f"prompt-{number}", "Hello")

    threads = [threading.Thread(target=register, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(spanloom.search_prompts()) == 8


def test_connections_that_the_server_cut_are_not_used(postgresql_url: str) -> None:
    import psycopg

    with spanloom.start_run() as run:
        spanloom.log_metric("loss", 1.0)
        with psycopg.connect(postgresql_url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        spanloom.log_metric("loss", 2.0)
    assert get_run(run.info.run_id).data.metrics == {"loss": 2.0}
