"""Requests per second and latencies: every way of asking times every concurrency, the contenders taking turns."""

from __future__ import annotations

import math
import sqlite3
import sys
from collections.abc import Mapping
from contextlib import ExitStack, closing
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from measurements.server_processes import Load, Server
from measurements.server_workload import EVENTS, REQUEST, STREAM_REQUEST

__all__ = ["CELLS", "CONTENDERS", "Cell", "Contender", "Measured", "Samples", "Turn", "measure_cells"]

_WARM_UP = 200


class Cell(NamedTuple):
    """How a server is asked.

    Attributes:
        way: `whole` or `streamed`.
        concurrency: How many connections ask at once.
    """

    way: str
    concurrency: int


CELLS = [Cell(way, concurrency) for way, concurrency in product(("whole", "streamed"), (1, 16, 64))]


class Contender(NamedTuple):
    """A server.

    Attributes:
        home: Its environment.
        module: Which module of `measurements` serves it.
        arguments: For the module.
        store: The file and the table of its traces, if it keeps any.
        paths: Where it answers whole, and streamed.
        models: The agents that answer so, where a request must name one.
    """

    home: str
    module: str
    arguments: tuple[str, ...] = ()
    store: tuple[str, str] | None = None
    paths: Mapping[str, str] = {"whole": "/invocations", "streamed": "/invocations"}
    models: Mapping[str, str] = {}

    def start(self, pythons: Mapping[str, Path]) -> Server:
        """Start it."""
        return Server(pythons[self.home], self.module, *self.arguments)

    def stored(self, server: Server) -> int:
        """Return how many traces a stopped server has left."""
        assert self.store is not None
        file, table = self.store
        with closing(sqlite3.connect(server.folder / file)) as connection:
            return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])

    def request(self, way: str) -> dict[str, Any]:
        """Return what to send, as the load generator takes it."""
        body = REQUEST if way == "whole" else STREAM_REQUEST
        model = {"model": self.models[way]} if way in self.models else {}
        frames = 0 if way == "whole" else len(EVENTS)
        return {"path": self.paths[way], "body": {**body, **model}, "frames": frames}


_SPANLOOM_STORE = ("spans.db", "traces")
CONTENDERS = {
    "spanloom": Contender("server-spanloom", "server_spanloom", ("noop",), _SPANLOOM_STORE),
    "spanloom, native agent": Contender(
        "server-spanloom",
        "server_spanloom",
        ("native",),
        _SPANLOOM_STORE,
        models={"whole": "whole", "streamed": "streamed"},
    ),
    "mlflow": Contender("server-mlflow", "server_mlflow", ("noop",), ("mlflow.db", "trace_info")),
    "fastapi": Contender("server-spanloom", "server_fastapi", paths={"whole": "/whole", "streamed": "/streamed"}),
}


class Turn(NamedTuple):
    """What one turn of a contender gave.

    Attributes:
        rate: Requests per second.
        p50: Seconds that half of the answers needed at most.
        p99: Seconds that 99 % needed at most.
        load_cpu: The load generator's share of a CPU.
    """

    rate: float
    p50: float
    p99: float
    load_cpu: float


Samples = dict[Cell, dict[str, list[Turn]]]


class Measured(NamedTuple):
    """What all turns gave.

    Attributes:
        samples: Of every cell and contender, one a round.
        kept: By contender: how many requests it answered, and how many traces were in its store in the end.
    """

    samples: Samples
    kept: dict[str, tuple[int, int]]


def measure_cells(pythons: Mapping[str, Path], load: Load, *, rounds: int, seconds: float) -> Measured:
    """Load every contender for so many seconds a cell and round."""
    samples: Samples = {cell: {name: [] for name in CONTENDERS} for cell in CELLS}
    answered = dict.fromkeys(CONTENDERS, 0)
    with ExitStack() as stack:
        servers = {name: stack.enter_context(contender.start(pythons)) for name, contender in CONTENDERS.items()}

        def turn(name: str, cell: Cell, seconds: float, count: int) -> Turn:
            request = CONTENDERS[name].request(cell.way)
            result = load(
                do="load",
                port=servers[name].port,
                **request,
                concurrency=cell.concurrency,
                seconds=seconds,
                count=count,
            )
            answered[name] += len(result["latencies"])
            return _turn(result)

        for name, server in servers.items():
            server.wait()
            for way in ("whole", "streamed"):
                turn(name, Cell(way, 8), 60.0, _WARM_UP)
            server.pause()
        for number, cell in product(range(1, rounds + 1), CELLS):
            print(f"round {number} of {rounds}: {cell.way}, {cell.concurrency} at once", file=sys.stderr)
            for name, server in servers.items():
                server.resume()
                samples[cell][name].append(turn(name, cell, seconds, 1_000_000))
                server.pause()
        return Measured(samples, _kept(servers, answered))


def _kept(servers: Mapping[str, Server], answered: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    kept = {}
    for name, server in servers.items():
        server.resume()
        server.stop()
        if CONTENDERS[name].store is not None:
            kept[name] = (answered[name], CONTENDERS[name].stored(server))
    return kept


def _turn(result: Mapping[str, Any]) -> Turn:
    latencies = sorted(result["latencies"])
    return Turn(
        rate=len(latencies) / result["seconds"],
        p50=latencies[len(latencies) // 2],
        p99=latencies[math.ceil(0.99 * len(latencies)) - 1],
        load_cpu=result["cpu"] / result["seconds"],
    )
