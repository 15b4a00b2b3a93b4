"""`spanloom serve` in a process of its own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from waiting import wait_until_it_listens

AGENTS = str(Path(__file__).parent)


class Command:
    """`spanloom serve`, or another command that serves, as people run it."""

    def __init__(self, folder: Path, *arguments: str, command: str = "serve", **environment: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "spanloom", *command.split(), *arguments, "--port", str(port)],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": AGENTS, "SPANLOOM_STORE": f"sqlite:///{folder}/served.db", **environment},
            stderr=subprocess.PIPE,
            start_new_session=True,  # workers, too, end with it
            text=True,
        )
        self.said: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        with self.process.stderr as lines:
            self.said.extend(lines)

    def post(self, path: str, **body: object) -> httpx.Response:
        return httpx.post(self.url + path, json=body, timeout=30, trust_env=False)

    def wait_until_ready(self) -> None:
        wait_until_it_listens(self.url, self.process)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        code = self.process.wait(30)
        self._reader.join()
        return code


@contextmanager
def served(folder: Path, *arguments: str, **options: str) -> Iterator[Command]:
    running = Command(folder, *arguments, **options)
    try:
        running.wait_until_ready()
        yield running
    finally:
        if running.process.poll() is None:
            os.killpg(running.process.pid, signal.SIGKILL)
        running.wait()
