"""Load the agent server beside MLflow's and a bare FastAPI application, on loopback.

    python benchmarks/server.py          # about six minutes
    python benchmarks/server.py --quick  # about one

All serve the same agent, which does nothing, with the same uvicorn; all but FastAPI trace every request into SQLite, as
they do by default. MLflow's default is to drop what its writers can't keep up with: the second table tells how much of
what it answered it also stored. The servers live through the whole run and take turns: while one is loaded, the others
are stopped. Needs a POSIX system. Exit code 1 says that a budget was missed.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from pathlib import Path

from environments import CHECKOUT, prepare_with, versions
from measurements.server_cells import CELLS, CONTENDERS, Samples, measure_cells
from measurements.server_processes import Load
from measurements.server_promises import measure_promises
from measurements.server_report import cell_rows, markdown, promise_rows

_REQUIREMENTS = {
    "server-spanloom": [f"spanloom[server] @ {CHECKOUT.as_uri()}"],
    "server-mlflow": ["mlflow", "httpx", "uvicorn[standard]>=0.34"],
}
_DISTRIBUTIONS = ("fastapi", "uvicorn", "uvloop", "httptools")


def main() -> int:
    """Run what the command line asks for and print the tables."""
    arguments = _parse()
    pythons = {name: _prepare(name, arguments.venvs.resolve() / name) for name in _REQUIREMENTS}
    rounds = arguments.rounds or (1 if arguments.quick else 5)
    with Load(pythons["server-spanloom"]) as load:
        samples, kept = measure_cells(pythons, load, rounds=rounds, seconds=0.7 if arguments.quick else 2.0)
        promises = measure_promises(pythons, load, kept, quick=arguments.quick)
    cells, cells_hold = cell_rows(samples)
    table, promises_hold = promise_rows(promises)
    print(markdown(cells), markdown(table), _facts(pythons, rounds, samples), sep="\n\n")
    return 0 if cells_hold and promises_hold else 1


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one short round; MLflow has no burst")
    parser.add_argument("--rounds", type=int, help="how often each contender has its turn (5, or 1 with --quick)")
    parser.add_argument("--venvs", type=Path, default=Path(__file__).parent / ".venvs", metavar="FOLDER")
    return parser.parse_args()


def _prepare(name: str, place: Path) -> Path:
    print(f"environment: {name}", file=sys.stderr)
    return prepare_with(_REQUIREMENTS[name], place)


def _facts(pythons: dict[str, Path], rounds: int, samples: Samples) -> str:
    own = versions(pythons["server-spanloom"], ["spanloom", *_DISTRIBUTIONS])
    peers = versions(pythons["server-mlflow"], ["mlflow", *_DISTRIBUTIONS])
    busiest = max(turn.load_cpu for cell in CELLS for name in CONTENDERS for turn in samples[cell][name])
    facts = [
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs, Python {platform.python_version()}",
        ", ".join(f"{name} {version}" for name, version in {**peers, **own}.items()),
        f"rounds: {rounds}",
        f"the load generator needed {busiest:.0%} of a CPU at most",
    ]
    return "; ".join(facts)


if __name__ == "__main__":
    sys.exit(main())
