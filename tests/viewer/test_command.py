"""`spanloom ui`, as a process."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys

import httpx
import pytest

import spanloom

pytest.importorskip("typer")


def spanloom_ui(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "spanloom", "ui", "--no-browser", *arguments]
    environment = {key: value for key, value in os.environ.items() if key != "SPANLOOM_STORE"}
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment)


def test_it_shows_a_store_until_it_is_interrupted(store):
    with spanloom.start_span("shown"):
        pass
    spanloom.flush()
    with spanloom_ui("--port", "0", "--store", f"sqlite:///{store}") as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+/", said)
        assert address, said
        assert str(store) in said
        answer = httpx.get(f"{address[0]}api/traces", trust_env=False, timeout=30)
        assert [info["name"] for info in answer.json()["traces"]] == ["shown"]
        process.send_signal(signal.SIGINT)
        rest = process.stderr.read()
    assert "Traceback" not in rest
    assert process.returncode in {0, 130}


def test_a_port_in_use_is_told(store):
    spanloom.flush()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with spanloom_ui("--port", port, "--store", f"sqlite:///{store}") as process:
            assert process.stderr is not None
            said = process.stderr.read()
    assert process.returncode == 1
    assert said.startswith(f"Error: can't listen on 127.0.0.1 port {port}")


def test_a_viewer_that_is_there_first_shows_what_is_written_afterwards(tmp_path):
    url = f"sqlite:///{tmp_path}/later.db"
    with spanloom_ui("--port", "0", "--store", url) as process:
        assert process.stderr is not None
        said = process.stderr.readline()
        assert f"{tmp_path}/later.db (new, empty) at " in said
        address = re.search(r"http://127\.0\.0\.1:\d+/", said)
        assert address, said
        spanloom.configure(store=url)
        with spanloom.start_span("later"):
            pass
        spanloom.flush()
        answer = httpx.get(f"{address[0]}api/traces", trust_env=False, timeout=30)
        assert [info["name"] for info in answer.json()["traces"]] == ["later"]
        process.send_signal(signal.SIGINT)
        process.stderr.read()


def test_a_store_that_can_not_be_made_is_told(tmp_path):
    (tmp_path / "notes").write_text("no folder")
    with spanloom_ui("--port", "0", "--store", f"sqlite:///{tmp_path}/notes/none.db") as process:
        assert process.stderr is not None
        assert process.stderr.read().startswith("Error: ")
    assert process.returncode == 1
