"""What autologging adds to an agent run, per framework: spanloom beside OpenInference and MLflow, one script.

    python benchmarks/agent_runs.py                        # all frameworks, about twenty minutes
    python benchmarks/agent_runs.py --only langchain dspy  # some
    python benchmarks/agent_runs.py --quick

Every framework has one environment with all contenders in it, so that all run the same versions against the same
scripted server. Exit code 1 says that spanloom added more than a peer, or more than 3 % to a run whose model answers in
20 ms.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from environments import CHECKOUT, clean_environ, prepare_with
from measurements.agent_run import CONTENDERS, FRAMEWORKS

_MODEL_SECONDS = 0.020
_MAX_SHARE = 0.03
_OPENINFERENCE = {"autogen": "autogen-agentchat"}
_PEERS = [name for name in CONTENDERS if name != "off"]
_HEAD = f"""| CPU of a run | none | {" | ".join("+ " + name for name in _PEERS)} | share of a run | |
{"| --- " * (len(_PEERS) + 4)}|"""
_SERVER = """
import sys
from spanloom.testing import ProviderServer
from spanloom.testing.conformance.script import weather_script
with ProviderServer(weather_script) as server:
    print(server.base_url, flush=True)
    sys.stdin.read()
"""


class Row(NamedTuple):
    """One framework: CPU seconds of a run without autologging, and what each contender adds to it.

    Attributes:
        model_calls: How often a run asks the model.
        added: Seconds, or why there are none.
    """

    framework: str
    base: float
    model_calls: int
    added: dict[str, float | str]

    @property
    def share(self) -> float:
        """What spanloom adds to a run whose model answers in 20 ms."""
        own = self.added["spanloom"]
        assert isinstance(own, float), own
        return own / (self.base + self.model_calls * _MODEL_SECONDS)

    @property
    def passed(self) -> bool:
        """Whether spanloom adds the least, and little."""
        numbers = {name: number for name, number in self.added.items() if isinstance(number, float)}
        return self.share <= _MAX_SHARE and numbers["spanloom"] == min(numbers.values())


def main() -> int:
    """Measure what the command line asks for and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer runs and rounds")
    parser.add_argument("--only", nargs="+", choices=FRAMEWORKS, default=list(FRAMEWORKS), metavar="FRAMEWORK")
    parser.add_argument("--venvs", type=Path, default=Path(__file__).parent / ".venvs", metavar="FOLDER")
    arguments = parser.parse_args()
    rows = []
    print(_HEAD)
    for name in arguments.only:
        rows.append(_row(name, arguments.venvs.resolve(), quick=arguments.quick))
        print(_line(rows[-1]), flush=True)
    return 0 if all(row.passed for row in rows) else 1


def _row(framework: str, venvs: Path, *, quick: bool) -> Row:
    python = _environment(framework, venvs)
    rounds, runs = (2, 40) if quick else (5, 150)
    cpu: dict[str, list[float]] = {name: [] for name in CONTENDERS}
    reasons: dict[str, str] = {}
    with _server(python) as base_url:
        for number in range(1, rounds + 1):
            for contender in [name for name in CONTENDERS if name not in reasons]:
                print(f"{framework}: {contender}, round {number} of {rounds}", file=sys.stderr)
                try:
                    cpu[contender].append(_run(python, framework, contender, base_url, runs))
                except _ContenderError as error:
                    if contender in ("off", "spanloom"):
                        raise SystemExit(str(error)) from None
                    reasons[contender] = str(error).strip().splitlines()[-1]
                    print(f"{framework}: {contender} left out: {reasons[contender]}", file=sys.stderr)
    base = statistics.median(cpu["off"])
    added: dict[str, float | str] = {
        name: reasons.get(name) or statistics.median(numbers) - base for name, numbers in cpu.items() if name != "off"
    }
    return Row(framework, base, 1 if framework in ("openai", "anthropic", "litellm") else 2, added)


def _environment(framework: str, venvs: Path) -> Path:
    extra = framework.replace("_", "-")
    requirements = [f"spanloom[{extra}] @ {CHECKOUT.as_uri()}", "mlflow"]
    listed = CHECKOUT / "tests" / "autolog" / framework / "requirements.txt"
    if listed.is_file():
        requirements.append(f"-r{listed}")
    if FRAMEWORKS[framework].instrumentor:
        requirements.append(f"openinference-instrumentation-{_OPENINFERENCE.get(framework, extra)}")
    print(f"environment: {framework}", file=sys.stderr)
    return prepare_with(requirements, venvs / f"agents-{framework}")


@contextmanager
def _server(python: Path) -> Iterator[str]:
    process = subprocess.Popen(
        [str(python), "-c", _SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=clean_environ()
    )
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.communicate()


class _ContenderError(Exception):
    """A contender can't run with this framework's version."""


def _run(python: Path, framework: str, contender: str, base_url: str, runs: int) -> float:
    command = [str(python), "-m", "measurements.agent_run", framework, contender, base_url, str(runs)]
    environ = clean_environ(PYTHONPATH=str(Path(__file__).parent), LITELLM_LOCAL_MODEL_COST_MAP="True")
    with tempfile.TemporaryDirectory(prefix="spanloom-bench-") as folder:
        done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise _ContenderError(done.stderr or "no reason given")
    return float(json.loads(done.stdout.splitlines()[-1])["cpu"])


def _line(row: Row) -> str:
    cells = [_cell(row.added[name]) for name in _PEERS]
    verdict = "pass" if row.passed else "MISSED"
    return f"| {row.framework} | {row.base * 1e3:.2f} ms | {' | '.join(cells)} | {row.share:.1%} | {verdict} |"


def _cell(added: float | str) -> str:
    return f"{added * 1e3:.2f} ms" if isinstance(added, float) else "does not run"


if __name__ == "__main__":
    sys.exit(main())
