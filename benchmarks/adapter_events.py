"""What `spanloom.wrap` adds to a framework's own stream, per adapter: CPU per native event, and time to the first text.

    python benchmarks/adapter_events.py                          # all adapters, about ten minutes
    python benchmarks/adapter_events.py --only openai langgraph  # some
    python benchmarks/adapter_events.py --quick

All adapters share one environment. The native stream and `predict_stream` of the same agent take turns, answer by
answer, in a process each, against the same scripted server: what is added is the median difference of such pairs, so
that a busy machine slows both alike. Exit code 1 says that an adapter took more than 25 µs of CPU per native event,
read on the agents' loop; what `predict_stream` adds, which hands events to another thread, is told besides.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple, TextIO

from environments import CHECKOUT, clean_environ, prepare_with
from measurements.adapter_events import NATIVES

_MAX_ADDED = 25e-6


class Pair(NamedTuple):
    """Seconds that a native answer took, and the wrapped one right beside it."""

    native: float
    wrapped: float


class Row(NamedTuple):
    """One adapter.

    Attributes:
        events: Native events of a long answer.
        cpu: CPU of long answers.
        sync: Likewise, of synchronous readers.
        first: Time to the first text of short answers.
    """

    adapter: str
    events: int
    cpu: list[Pair]
    sync: list[Pair]
    first: list[Pair]

    @property
    def passed(self) -> bool:
        """Whether the adapter keeps its budget."""
        return _added(self.cpu) / self.events <= _MAX_ADDED


def main() -> int:
    """Measure what the command line asks for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer answers and processes")
    parser.add_argument("--only", nargs="+", choices=NATIVES, default=list(NATIVES), metavar="ADAPTER")
    parser.add_argument("--venvs", type=Path, default=Path(__file__).parent / ".venvs", metavar="FOLDER")
    arguments = parser.parse_args()
    print("environment: adapters", file=sys.stderr)
    requirements = [f"spanloom[all] @ {CHECKOUT.as_uri()}", "-r", str(CHECKOUT / "examples" / "requirements.txt")]
    python = prepare_with(requirements, arguments.venvs.resolve() / "adapters")
    rows = [_row(name, python, quick=arguments.quick) for name in arguments.only]
    print(_table(rows))
    return 0 if all(row.passed for row in rows) else 1


def _row(adapter: str, python: Path, *, quick: bool) -> Row:
    rounds, answers = (1, 20) if quick else (3, 30)
    row = Row(adapter, 0, [], [], [])
    for number in range(1, rounds + 1):
        print(f"{adapter}: round {number} of {rounds}", file=sys.stderr)
        with ExitStack() as stack:
            server = stack.enter_context(_process(python, adapter, "server"))
            base_url = server.read()
            native = stack.enter_context(_process(python, adapter, "native", base_url))
            native.read()  # one after the other: neither warms up beside the other's turns
            wrapped = stack.enter_context(_process(python, adapter, "wrapped", base_url))
            wrapped.read()
            for measure, pairs in (("cpu", row.cpu), ("sync", row.sync), ("first", row.first)):
                pairs += [_pair(native, wrapped, measure, native_first=turn % 2 == 0) for turn in range(answers)]
            row = row._replace(events=int(native.ask("cpu")["events"]))
    return row


def _pair(native: _Process, wrapped: _Process, measure: str, *, native_first: bool) -> Pair:
    """Ask both; whoever comes second finds the server's caches warm."""
    begun = native.ask(measure)["seconds"] if native_first else None
    seconds = wrapped.ask(measure)["seconds"]
    return Pair(native.ask(measure)["seconds"] if begun is None else begun, seconds)


class _Process:
    """A running part of the measurement, spoken to in lines."""

    def __init__(self, running: subprocess.Popen[str], label: str, errors: TextIO) -> None:
        assert running.stdin is not None
        assert running.stdout is not None
        self._stdin, self._stdout = running.stdin, running.stdout
        self._label = label
        self._errors = errors

    def ask(self, measure: str) -> dict[str, float]:
        self._stdin.write(f"{measure}\n")
        self._stdin.flush()
        answer: dict[str, float] = json.loads(self.read())
        return answer

    def read(self) -> str:
        """Return the next line.

        Raises:
            SystemExit: If the process ended instead, with what it said.
        """
        line = self._stdout.readline()
        if not line:
            self._errors.seek(0)
            raise SystemExit(f"{self._label} failed:\n{self._errors.read()}")
        return line.strip()


@contextmanager
def _process(python: Path, *part: str) -> Iterator[_Process]:
    environ = clean_environ(PYTHONPATH=str(Path(__file__).parent), LITELLM_LOCAL_MODEL_COST_MAP="True")
    with tempfile.TemporaryDirectory(prefix="spanloom-bench-") as folder, tempfile.TemporaryFile("w+") as errors:
        running = subprocess.Popen(
            [str(python), "-m", "measurements.adapter_events", *part],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=folder,
            env=environ,
        )
        try:
            yield _Process(running, " ".join(part[:2]), errors)
        finally:
            running.communicate()


def _table(rows: list[Row]) -> str:
    times = ("native", "wrapped", "added")
    head = ["adapter", "native events", *(f"CPU per event, {time}" for time in times), "by `predict_stream`"]
    head += [*(f"first delta, {time}" for time in times), "verdict"]
    lines = [f"| {' | '.join(head)} |", "| --- " * len(head) + "|"]
    for row in rows:
        cpu = " | ".join(f"{seconds / row.events * 1e6:.1f} µs" for seconds in _medians(row.cpu))
        cpu += f" | {_added(row.sync) / row.events * 1e6:.1f} µs"
        first = " | ".join(f"{seconds * 1e3:.2f} ms" for seconds in _medians(row.first))
        lines.append(f"| {row.adapter} | {row.events} | {cpu} | {first} | {'pass' if row.passed else 'MISSED'} |")
    return "\n".join(lines)


def _medians(pairs: list[Pair]) -> tuple[float, float, float]:
    natives, wrapped = zip(*pairs, strict=True)
    return statistics.median(natives), statistics.median(wrapped), _added(pairs)


def _added(pairs: list[Pair]) -> float:
    return statistics.median(pair.wrapped - pair.native for pair in pairs)


if __name__ == "__main__":
    sys.exit(main())
