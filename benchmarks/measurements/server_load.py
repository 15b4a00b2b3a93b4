"""The process that loads servers: reads one JSON command a line, prints one JSON line for each.

`{"do": "load", "port", "path", "body", "frames", "concurrency", "seconds", "count"}`: so many connections send the
request again and again, until the seconds are over or the count is reached. Every answer must have status 200 and so
many frames. Gives `seconds`, `latencies`, and `cpu`, the seconds of CPU that this process needed.

`{"do": "health", "port", "path", "body", "concurrency"}`: asks `/health` every few milliseconds while so many requests
run. Gives `latencies`.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

from measurements.server_client import Connection, get, post

_HEALTH_PAUSE = 0.005


class _Work:
    """What the connections of one run share."""

    def __init__(self, command: dict[str, Any]) -> None:
        self.request = post(command["path"], command["body"])
        self.frames = command["frames"]
        self.left = command["count"]
        self.deadline = time.perf_counter() + command["seconds"]
        self.latencies: list[float] = []

    async def ask_on(self, connection: Connection) -> None:
        """Ask again and again."""
        clock = time.perf_counter
        while self.left > 0 and (begin := clock()) < self.deadline:
            self.left -= 1
            answer = await connection.ask(self.request)
            self.latencies.append(clock() - begin)
            if answer.status != 200 or answer.body.count(b"\n\n") < self.frames:
                raise SystemExit(f"got status {answer.status}: {answer.body[:500].decode()}")


async def _connect(command: dict[str, Any]) -> list[Connection]:
    """Open the connections. libuv accepts one a turn of its loop: a request on each makes sure that all are in."""
    connections = [await Connection.open(command["port"]) for _ in range(command["concurrency"])]
    await asyncio.gather(*(connection.ask(get("/health")) for connection in connections))
    return connections


async def _load(command: dict[str, Any]) -> dict[str, Any]:
    connections = await _connect(command)
    work = _Work(command)
    begin, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*map(work.ask_on, connections))
    elapsed, used = time.perf_counter() - begin, time.process_time() - cpu
    for connection in connections:
        connection.close()
    return {"seconds": elapsed, "cpu": used, "latencies": work.latencies}


async def _health(command: dict[str, Any]) -> dict[str, Any]:
    connections = await _connect(command)
    probe = await Connection.open(command["port"])
    request = post(command["path"], command["body"])
    running = asyncio.gather(*(connection.ask(request) for connection in connections))
    latencies = []
    while not running.done():
        begin = time.perf_counter()
        await probe.ask(get("/health"))
        latencies.append(time.perf_counter() - begin)
        await asyncio.sleep(_HEALTH_PAUSE)
    if any(answer.status != 200 for answer in await running):
        raise SystemExit("a request failed")
    for connection in (*connections, probe):
        connection.close()
    return {"latencies": latencies}


_COMMANDS = {"load": _load, "health": _health}


def main() -> None:
    """Obey until the input ends."""
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        for line in sys.stdin:
            command = json.loads(line)
            print(json.dumps(runner.run(_COMMANDS[command["do"]](command))), flush=True)


if __name__ == "__main__":
    main()
