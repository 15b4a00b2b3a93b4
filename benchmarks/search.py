"""Measure searches in a local store of a million traces, five spans each, and beside MLflow in one of twenty thousand.

    python benchmarks/search.py               # half an hour: a quarter of it to fill; 8 GB of disk
    python benchmarks/search.py --quick       # 20,000 and 500 traces, a minute
    python benchmarks/search.py --store FILE  # keep the store, or use one that is there; likewise --mlflow-store

Each search asks for the newest hundred without their spans; the best of several rounds counts, since the machine may be
shared, and the first is told, too. MLflow is asked twice: as it is shipped, and after an ANALYZE of its database. Exit
code 1 says that a budget was missed.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from environments import CHECKOUT, clean_environ, prepare
from measurements.search_queries import AGAINST_MLFLOW, FILTERS, SCANS, TEXTS

sys.path.insert(0, str(CHECKOUT / "core"))

from measurements.search_fill import fill

from spanloom.store import SqliteStore
from spanloom.tracing.exporters import TraceQuery

_BUDGET_MS = {"filter": 50.0, "text": 200.0, "scan": None}
_TIMEOUT_SECONDS = 120
_TAIL = 4000
"""Traces that are added to the full store: what writing costs there."""

Row = tuple[str, ...]


def main() -> int:
    """Fill the stores, unless they are there, and print the tables."""
    arguments = _parse()
    traces, shared = (20_000, 500) if arguments.quick else (1_000_000, 20_000)
    with tempfile.TemporaryDirectory(prefix="spanloom-bench-") as folder:
        path = arguments.store or Path(folder) / "search.db"
        existed = path.exists()
        empty = fill(Path(folder) / "empty.db", traces, 0, _TAIL)
        if not existed:
            fill(path, traces)
        stored = _stored(path)  # newer than those that a run before has added
        full = fill(path, traces, stored, stored + _TAIL)
        print(f"{traces:,} traces, {path.stat().st_size / 1e6:,.0f} MB, load {os.getloadavg()[0]:.1f}")
        print(f"CPU to write a span: {empty['cpu'] * 1e6:.0f} µs at first, {full['cpu'] * 1e6:.0f} µs at the end\n")
        kinds = [("filter", FILTERS), ("text", TEXTS), *([] if arguments.no_scans else [("scan", SCANS)])]
        rows, kept = _rows(path, traces, kinds)
        _print(("filter", "found", "best ms", "first ms", "budget"), rows, markdown=arguments.markdown)
        if not arguments.alone:
            beside = _beside_mlflow(arguments, Path(folder), shared)
            headings = ("filter", "spanloom ms", "MLflow ms", "MLflow, analysed, ms")
            print(f"\n{shared:,} traces\n")
            _print(headings, beside, markdown=arguments.markdown)
    return 0 if kept else 1


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="smaller stores, for everyday")
    parser.add_argument("--markdown", action="store_true", help="print Markdown")
    parser.add_argument("--alone", action="store_true", help="leave MLflow out")
    parser.add_argument("--no-scans", action="store_true", help="leave out what has no index, and takes minutes")
    parser.add_argument("--store", type=Path, help="the big store; made if it is not there")
    parser.add_argument("--mlflow-store", type=Path, help="MLflow's database; made if it is not there")
    parser.add_argument("--mlflow-python", type=Path, help="an environment that has MLflow; made if it is not given")
    parser.add_argument("--venvs", type=Path, default=Path(__file__).parent / ".venvs", metavar="FOLDER")
    return parser.parse_args()


def _stored(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        return int(connection.execute("SELECT count(*) FROM traces").fetchone()[0])


def _rows(path: Path, traces: int, kinds: Sequence[tuple[str, Sequence[str]]]) -> tuple[list[Row], bool]:
    store = SqliteStore(f"sqlite:///{path.absolute()}")
    rows, kept = [], True
    for kind, texts in kinds:
        budget = _BUDGET_MS[kind]
        for text in texts:
            asked = text.format(commit=f"{150:040x}", rare=traces // 2)
            found, best, first = _measure(store, asked, 5 if budget is not None else 2)
            missed = budget is not None and best > budget
            kept = kept and not missed
            verdict = "" if budget is None else f"≤ {budget:.0f}{' MISSED' if missed else ''}"
            rows.append((asked or "(none)", str(found), f"{best:.1f}", f"{first:.1f}", verdict))
    store.close()
    return rows, kept


def _measure(store: SqliteStore, text: str, rounds: int) -> tuple[int, float, float]:
    """Return how many traces were found, and the best and the first time in milliseconds."""
    times, found = [], 0
    for _ in range(rounds):
        begin = time.perf_counter()
        found = len(store.search_traces(TraceQuery(filter=text or None, include_spans=False)))
        times.append((time.perf_counter() - begin) * 1e3)
    return found, min(times), times[0]


def _beside_mlflow(arguments: argparse.Namespace, folder: Path, traces: int) -> list[Row]:
    python = arguments.mlflow_python or prepare("mlflow", arguments.venvs.resolve())
    database = arguments.mlflow_store or folder / "mlflow.db"
    if not database.exists():
        _mlflow(python, "fill", str(database.absolute()), str(traces), str(traces), timeout=None)
    fill(folder / "beside.db", traces)
    store = SqliteStore(f"sqlite:///{folder / 'beside.db'}")
    own = [f"{_measure(store, text, 5)[1]:.1f}" for text, _ in AGAINST_MLFLOW]
    store.close()
    with sqlite3.connect(database) as connection:  # as shipped: without what an ANALYZE before may have left
        if connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'sqlite_stat1'").fetchone()[0]:
            connection.execute("DELETE FROM sqlite_stat1")
    shipped = [_search_mlflow(python, database, text) for _, text in AGAINST_MLFLOW]
    with sqlite3.connect(database) as connection:
        connection.execute("ANALYZE")
    analysed = [_search_mlflow(python, database, text) for _, text in AGAINST_MLFLOW]
    names = [text or "(none)" for text, _ in AGAINST_MLFLOW]
    return list(zip(names, own, shipped, analysed, strict=True))


def _search_mlflow(python: Path, database: Path, text: str) -> str:
    try:
        told = _mlflow(python, "search", str(database.absolute()), text, "3", timeout=_TIMEOUT_SECONDS)
    except subprocess.TimeoutExpired:
        return f"more than {_TIMEOUT_SECONDS} s"
    return f"{json.loads(told.splitlines()[-1])['seconds'] * 1e3:,.1f}"


def _mlflow(python: Path, *arguments: str, timeout: float | None) -> str:
    command = [str(python), "-m", "measurements.search_mlflow", *arguments]
    environ = clean_environ(PYTHONPATH=str(Path(__file__).parent))
    with tempfile.TemporaryDirectory(prefix="spanloom-bench-") as folder:
        done = subprocess.run(
            command, cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=timeout
        )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    return done.stdout


def _print(headings: Row, rows: Sequence[Row], *, markdown: bool) -> None:
    if markdown:
        for row in (headings, ("---",) * len(headings), *(("`" + row[0] + "`", *row[1:]) for row in rows)):
            print(f"| {' | '.join(row)} |")
        return
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    for row in (headings, *rows):
        print("  ".join(map(str.ljust, row, widths)).rstrip())


if __name__ == "__main__":
    sys.exit(main())
