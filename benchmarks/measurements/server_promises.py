"""What a server must do under load: lose no trace, and let synchronous agents block nobody."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from measurements.server_cells import CONTENDERS
from measurements.server_processes import Load, Server
from measurements.server_workload import REQUEST

__all__ = ["Promise", "measure_promises"]

_BURST = 3000
_AT_ONCE = 16
_SLEEPERS = 64
_NAP = 0.1
_SLEEP = 1.0
_PEERS = ("spanloom", "mlflow")


class Promise(NamedTuple):
    """One line of the second table.

    Attributes:
        title: What was measured.
        numbers: By contender.
        limit: The budget in words.
        kept: Whether spanloom kept within it.
    """

    title: str
    numbers: Mapping[str, str]
    limit: str
    kept: bool


def measure_promises(
    pythons: Mapping[str, Path], load: Load, kept: Mapping[str, tuple[int, int]], *, quick: bool
) -> list[Promise]:
    """Measure all; MLflow's burst takes a minute, which a quick run saves.

    Args:
        pythons: Of the environments.
        load: The load generator.
        kept: How many requests each contender answered before, and how many traces it stored.
        quick: Whether the run is a quick one.
    """
    return [_kept(kept), *_burst(pythons, load, quick=quick), *_sleepers(pythons, load)]


def _kept(kept: Mapping[str, tuple[int, int]]) -> Promise:
    return Promise(
        title="traces stored of all requests above",
        numbers={name: _share(stored, answered) for name, (answered, stored) in kept.items()},
        limit="all",
        kept=all(stored == answered for name, (answered, stored) in kept.items() if name.startswith("spanloom")),
    )


def _burst(pythons: Mapping[str, Path], load: Load, *, quick: bool) -> list[Promise]:
    stored, rates = {}, {}
    for name in _PEERS[:1] if quick else _PEERS:
        print(f"burst of {_BURST}: {name}", file=sys.stderr)
        contender = CONTENDERS[name]
        with contender.start(pythons) as server:
            server.wait()
            request = contender.request("whole")
            begin = time.perf_counter()
            load(do="load", port=server.port, **request, concurrency=_AT_ONCE, seconds=300.0, count=_BURST)
            server.stop()
            stored[name] = contender.stored(server)
            rates[name] = stored[name] / (time.perf_counter() - begin)
    promises = [
        Promise(
            title=f"traces stored of a burst of {_BURST} requests, {_AT_ONCE} at once",
            numbers={name: _share(number, _BURST) for name, number in stored.items()},
            limit="all",
            kept=stored["spanloom"] == _BURST,
        )
    ]
    if not quick:
        promises.append(
            Promise(
                title="answered and stored per second, from the burst's first request until the server has stopped",
                numbers={name: f"{rate:,.0f}" for name, rate in rates.items()},
                limit="≥ 4x",
                kept=rates["spanloom"] >= 4 * rates["mlflow"],
            )
        )
    return promises


def _share(stored: int, of: int) -> str:
    return f"{stored:,} of {of:,} ({stored / of:.0%})"


def _sleepers(pythons: Mapping[str, Path], load: Load) -> list[Promise]:
    seconds: dict[str, float] = {}
    with (
        Server(pythons["server-mlflow"], "server_mlflow", "naps") as mlflow,
        Server(pythons["server-spanloom"], "server_spanloom", "naps") as spanloom,
    ):
        for name, server in (("mlflow", mlflow), ("spanloom", spanloom)):
            print(f"{_SLEEPERS} synchronous agents: {name}", file=sys.stderr)
            server.wait()
            _nap(load, server, concurrency=1, count=5, seconds=0.0)
            seconds[name] = _nap(load, server, concurrency=_SLEEPERS, count=_SLEEPERS, seconds=_NAP)
        probes = load(do="health", port=spanloom.port, path="/invocations", body=_asking(_SLEEP), concurrency=_SLEEPERS)
    latencies = sorted(probes["latencies"])
    p99 = latencies[math.ceil(0.99 * len(latencies)) - 1]
    return [
        Promise(
            title=f"{_SLEEPERS} synchronous agents at once, {_NAP * 1e3:.0f} ms each",
            numbers={name: f"{number:.2f} s" for name, number in seconds.items()},
            limit="< 0.5 s",
            kept=seconds["spanloom"] < 0.5,
        ),
        Promise(
            title=f"/health while {_SLEEPERS} synchronous agents sleep, p99",
            numbers={"spanloom": f"{p99 * 1e3:.1f} ms"},
            limit="≤ 50 ms",
            kept=p99 <= 0.050,
        ),
    ]


def _nap(load: Load, server: Server, *, concurrency: int, count: int, seconds: float) -> float:
    result = load(
        do="load",
        port=server.port,
        path="/invocations",
        body=_asking(seconds),
        frames=0,
        concurrency=concurrency,
        seconds=60.0,
        count=count,
    )
    return float(result["seconds"])


def _asking(seconds: float) -> dict[str, Any]:
    return {**REQUEST, "custom_inputs": {"seconds": seconds}}
