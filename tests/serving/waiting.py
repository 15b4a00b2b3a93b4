"""Waiting for servers in other processes."""

from __future__ import annotations

import subprocess
from contextlib import suppress

import httpx


def wait_until_it_listens(url: str, process: subprocess.Popen[str]) -> None:
    """Wait for a server in another process."""
    for _ in range(600):
        try:
            httpx.get(f"{url}/health", trust_env=False).raise_for_status()
        except httpx.ConnectError:
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.05)
            assert process.poll() is None, "the server ended"
        else:
            return
    raise AssertionError(f"nothing listens at {url}")
