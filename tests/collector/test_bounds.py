"""What holds when much comes at once, the store is busy, or the process is told to stop."""

from __future__ import annotations

import asyncio
import gzip
import os
import re
import signal
import sqlite3
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

import spanloom
from spanloom.otlp.receive.endpoint import _MAX_REQUESTS
from spanloom.otlp.receive.writer import MAX_BODY

JSON = {"content-type": "application/json"}


@contextmanager
def locked(store: Path) -> Iterator[None]:
    """Keep the store from being written, as another process may do."""
    spanloom.flush()
    connection = sqlite3.connect(store, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


@pytest.fixture
def body(otlp_span) -> Any:
    def make(number: int) -> dict[str, Any]:
        return {"resourceSpans": [{"scopeSpans": [{"spans": [otlp_span(1, trace_id=f"{number + 1:032x}")]}]}]}

    return make


@pytest.mark.parametrize("headers", [{}, {"transfer-encoding": "chunked"}])
def test_a_body_above_the_limit_is_refused(collector, headers):
    def chunks() -> Iterator[bytes]:
        for _ in range(MAX_BODY // 2**20 + 1):
            yield b" " * 2**20

    content = chunks() if headers else b" " * (MAX_BODY + 1)
    try:
        answer = collector.http.post("/v1/traces", content=content, headers={**JSON, **headers})
    except httpx.WriteError:
        return  # the answer came, and the connection was closed, before all was sent
    assert (answer.status_code, answer.json()["code"]) == (413, 8)


@pytest.mark.parametrize(
    ("encoding", "bomb"),
    [
        ("gzip", gzip.compress(b" " * (MAX_BODY + 1))),
        ("gzip", gzip.compress(b" " * MAX_BODY) + gzip.compress(b" ")),
        ("deflate", zlib.compress(b" " * (MAX_BODY + 1))),
    ],
    ids=["gzip", "several members", "deflate"],
)
def test_a_small_body_that_unpacks_to_a_huge_one_is_refused(collector, encoding, bomb):
    answer = collector.http.post("/v1/traces", content=bomb, headers={**JSON, "content-encoding": encoding})
    assert answer.status_code == 413
    assert "unpacks" in answer.json()["message"]


@pytest.mark.anyio
async def test_more_than_can_wait_is_told_to_come_again_and_nothing_is_lost(collector, store, body):
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=collector.url, timeout=60, trust_env=False, limits=limits) as client:
        with locked(store):
            sent = [
                asyncio.create_task(client.post("/v1/traces", json=body(each))) for each in range(_MAX_REQUESTS + 3)
            ]
            refused = [await each for _, each in zip(range(3), asyncio.as_completed(sent), strict=False)]
            assert (await client.get("/")).status_code == 200, "the event loop is free"
        answers = await asyncio.gather(*sent)
    assert [(each.status_code, each.headers["retry-after"], each.json()["code"]) for each in refused] == [
        (503, "1", 14)
    ] * 3
    assert sorted(each.status_code for each in answers) == [200] * _MAX_REQUESTS + [503] * 3
    assert len(spanloom.search_traces(max_results=200)) == _MAX_REQUESTS


def test_a_store_that_fails_makes_the_sender_try_again(collector, body, store, monkeypatch):
    spanloom.flush()
    with sqlite3.connect(store) as other:
        other.execute("ALTER TABLE spans RENAME TO moved")
    answer = collector.http.post("/v1/traces", json=body(1))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    with sqlite3.connect(store) as other:
        other.execute("ALTER TABLE moved RENAME TO spans")
    assert collector.http.post("/v1/traces", json=body(1)).status_code == 200


def spanloom_command(*arguments: str) -> subprocess.Popen[str]:
    environment = {key: value for key, value in os.environ.items() if key != "SPANLOOM_STORE"}
    command = [sys.executable, "-m", "spanloom", *arguments]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)


def address(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    said = process.stderr.readline()
    found = re.search(r"http://127\.0\.0\.1:\d+", said)
    assert found, said
    return found[0]


@pytest.mark.anyio
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_lets_what_has_come_be_stored(tmp_path, body, number):
    pytest.importorskip("typer")
    file = tmp_path / "new.db"
    with spanloom_command("collector", "--port", "0", "--store", f"sqlite:///{file}") as process:
        url = address(process)
        async with httpx.AsyncClient(base_url=url, timeout=60, trust_env=False) as client:
            with locked(file):
                sent = asyncio.create_task(client.post("/v1/traces", json=body(1)))
                for _ in range(3):  # an answer to another connection: the first has been read by then
                    assert (await client.get("/")).status_code == 200
                process.send_signal(number)
            assert (await sent).status_code == 200
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
    spanloom.configure(store=f"sqlite:///{file}")
    assert len(spanloom.search_traces()) == 1


def test_the_viewer_receives_as_well(store, body):
    pytest.importorskip("typer")
    spanloom.flush()
    with spanloom.start_span("first"):
        pass
    spanloom.flush()
    with spanloom_command("ui", "--no-browser", "--port", "0", "--store", f"sqlite:///{store}") as process:
        url = address(process)
        answer = httpx.post(f"{url}/v1/traces", json=body(1), trust_env=False, timeout=30)
        assert answer.status_code == 200
        shown = httpx.get(f"{url}/api/traces", trust_env=False, timeout=30).json()["traces"]
        process.send_signal(signal.SIGINT)
    assert {each["name"] for each in shown} == {"first", "span 1"}
