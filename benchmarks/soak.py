"""Ask the agent server 50 times a second for ten minutes: its memory stays flat, and no trace is lost.

    python benchmarks/soak.py                # ten minutes
    python benchmarks/soak.py --minutes 0.5  # a trial, too short to judge the memory by

Whole and streamed requests in all three protocols go to an agent that waits and to one that blocks its thread; some
fail, some clients leave in the middle. Needs a POSIX system. Exit code 1 says that the server did not hold.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from environments import CHECKOUT, clean_environ, prepare_with
from measurements.server_processes import Server

_SAMPLE_SECONDS = 1.0
_WARM_UP = 0.2
"""This share of the time the memory may grow: caches fill, threads start."""
_WINDOW = 0.1
"""Of so large a share of the time the memory's median is taken, after the warm-up and at the end."""
_MAX_GROWTH = 0.05
_MEGABYTE = 2**20


class Outcome(NamedTuple):
    """What the soak gave.

    Attributes:
        result: What the client saw.
        memory: The server's resident bytes, sampled evenly.
        stored: The traces in its store.
    """

    result: dict[str, Any]
    memory: Sequence[int]
    stored: set[str]


def main() -> int:
    """Soak for as long as the command line says, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=50.0, help="requests per second (50)")
    parser.add_argument("--venvs", type=Path, default=Path(__file__).parent / ".venvs", metavar="FOLDER")
    arguments = parser.parse_args()
    place = arguments.venvs.resolve() / "server-spanloom"
    python = prepare_with([f"spanloom[server] @ {CHECKOUT.as_uri()}"], place)
    outcome = _soak(python, seconds=60 * arguments.minutes, rate=arguments.rate)
    rows = _rows(outcome)
    print("\n".join(f"| {' | '.join(row)} |" for row in [("soak", "", "limit", ""), ("---",) * 4, *rows]))
    _, *unexpected = outcome.result["unexpected"]
    print(*unexpected, sep="\n", file=sys.stderr)
    return 1 if any(row[-1] == "MISSED" for row in rows) else 0


def _soak(python: Path, *, seconds: float, rate: float) -> Outcome:
    with Server(python, "server_spanloom", "soak") as server, tempfile.TemporaryFile("w+") as output:
        client = subprocess.Popen(
            [str(python), "-m", "measurements.server_soak", str(server.wait()), str(seconds), str(rate)],
            env=clean_environ(PYTHONPATH=str(Path(__file__).parent)),
            stdout=output,
        )
        memory = []
        try:
            while client.poll() is None:
                memory.append(_resident(server.pid))
                time.sleep(_SAMPLE_SECONDS)
        finally:
            client.kill()
        if client.returncode:
            raise SystemExit("the client failed")
        server.stop()
        output.seek(0)
        return Outcome(json.loads(output.read()), memory, _stored(server.folder / "spans.db"))


def _resident(pid: int) -> int:
    told = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], check=True, capture_output=True, text=True)
    return 1024 * int(told.stdout)


def _stored(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {trace_id for (trace_id,) in connection.execute("SELECT trace_id FROM traces")}


def _rows(outcome: Outcome) -> list[tuple[str, ...]]:
    result, samples = outcome.result, outcome.memory
    named = set(result["trace_ids"])
    lost = named - outcome.stored
    window = max(1, int(_WINDOW * len(samples)))
    begin = int(_WARM_UP * len(samples))
    before, after = statistics.median(samples[begin : begin + window]), statistics.median(samples[-window:])
    growth = after / before - 1
    unexpected, *_ = result["unexpected"]
    return [
        ("requests", f"{result['sent']} ({result['failed']} failing, {result['left']} left midway)", "", ""),
        ("sent late by at most", f"{result['late']:.2f} s", "", ""),
        ("p99 of all answers", f"{result['p99'] * 1e3:.0f} ms", "", ""),
        ("answers that were not as asked for", str(unexpected), "0", _verdict(unexpected == 0)),
        ("traces lost, of those that answers named", f"{len(lost)} of {len(named)}", "0", _verdict(not lost)),
        ("resident memory after the warm-up", f"{before / _MEGABYTE:.1f} MB", "", ""),
        ("at the end", f"{after / _MEGABYTE:.1f} MB", "", ""),
        ("growth", f"{growth:+.1%}", f"≤ {_MAX_GROWTH:.0%}", _verdict(growth <= _MAX_GROWTH)),
    ]


def _verdict(holds: bool) -> str:
    return "pass" if holds else "MISSED"


if __name__ == "__main__":
    sys.exit(main())
