"""The client of the soak test: so many requests per second, whatever the server does; prints one JSON line.

    python -m measurements.server_soak PORT SECONDS RATE

Of ten requests, some are whole and some streamed, one fails, and of the streams some are left in the middle. Gives
`sent`, `failed` and `left` as counts, `late`, the worst delay of a request's sending in seconds, `p99`, `trace_ids`,
those of all answers, and `unexpected`, how many answers were not what was asked for, and the first of them.
"""

from __future__ import annotations

import asyncio
import json
import math
import random
import sys
import time
from dataclasses import dataclass, field
from typing import Any

from measurements.server_client import Answer, Connection, post
from measurements.server_soak_agents import FAIL

_AGENTS = ("waits", "blocks")
_LEFT_AFTER = 5
_SHOWN = 10
_PATHS = {
    "/invocations": ("input", b"[DONE]"),
    "/v1/responses": ("input", b"response.completed"),
    "/v1/chat/completions": ("messages", b"[DONE]"),
}
"""Where requests go: the field that holds the messages, and what a good stream has near its end."""


@dataclass
class _Soak:
    """What has happened so far.

    Attributes:
        port: Of the server.
        idle: Connections to use again.
    """

    port: int
    idle: list[Connection] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    trace_ids: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    failed: int = 0
    left: int = 0

    async def ask(self, chance: random.Random) -> None:
        """Send one request, and look at the answer."""
        path, (messages, end) = chance.choice(list(_PATHS.items()))
        streams = chance.random() < 0.5
        leaves = streams and chance.random() < 0.2
        fails = not leaves and chance.random() < 0.1
        text = FAIL if fails else "What is the weather like?"
        body = {
            "model": chance.choice(_AGENTS),
            messages: [{"role": "user", "content": text}],
            "stream": streams,
        }
        begin = time.perf_counter()
        try:
            connection = await self._connection()
            answer = await connection.ask(post(path, body), leave_after=_LEFT_AFTER if leaves else 0)
        except OSError as error:
            self.unexpected.append(f"{path}: {error!r}")
            return
        self.latencies.append(time.perf_counter() - begin)
        self.left += leaves
        self.failed += fails
        if not connection.closed:
            self.idle.append(connection)
        self._check(path, answer, end if streams and not leaves else b"", fails=fails, streams=streams)

    async def _connection(self) -> Connection:
        while self.idle:
            connection = self.idle.pop()
            if not connection.closed:
                return connection
        return await Connection.open(self.port)

    def _check(self, path: str, answer: Answer, end: bytes, *, fails: bool, streams: bool) -> None:
        if answer.trace_id is not None:
            self.trace_ids.append(answer.trace_id)
        status = 500 if fails and not streams else 200
        good = b'"error"' in answer.body if fails else end in answer.body
        if answer.status != status or answer.trace_id is None or not good:
            self.unexpected.append(f"{path}: {answer.status}, trace {answer.trace_id}: {answer.body[-300:]!r}")


async def _run(port: int, seconds: float, rate: float) -> dict[str, Any]:
    soak, chance, late = _Soak(port), random.Random(1), 0.0
    begin = time.perf_counter()
    count = int(seconds * rate)
    async with asyncio.TaskGroup() as group:
        for number in range(count):
            delay = begin + number / rate - time.perf_counter()
            late = max(late, -delay)
            await asyncio.sleep(max(0.0, delay))
            group.create_task(soak.ask(chance))
    for connection in soak.idle:
        connection.close()
    latencies = sorted(soak.latencies)
    return {
        "sent": count,
        "failed": soak.failed,
        "left": soak.left,
        "late": late,
        "p99": latencies[math.ceil(0.99 * len(latencies)) - 1] if latencies else math.nan,
        "trace_ids": soak.trace_ids,
        "unexpected": [len(soak.unexpected), *soak.unexpected[:_SHOWN]],
    }


def main(port: str, seconds: str, rate: str) -> None:
    """Ask for so long, and print what came of it."""
    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        print(json.dumps(runner.run(_run(int(port), float(seconds), float(rate)))))


if __name__ == "__main__":
    main(*sys.argv[1:])
