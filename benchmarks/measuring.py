"""Running the contenders of a measurement in turns."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from environments import clean_environ, home_of

__all__ = ["Result", "measure"]


@dataclass(frozen=True)
class Result:
    """What the rounds of one contender gave: per metric, one number a round."""

    rounds: Mapping[str, list[float]]

    def median(self, metric: str = "value") -> float:
        """Return the median over the rounds."""
        return statistics.median(self.rounds[metric])


def measure(measurement: ModuleType, pythons: Mapping[str, Path], *, rounds: int, quick: bool) -> dict[str, Result]:
    """Run every contender once a round, so that a machine that gets busy slows all of them."""
    gathered: dict[str, dict[str, list[float]]] = {contender: {} for contender in measurement.CONTENDERS}
    for number in range(1, rounds + 1):
        for contender, numbers in gathered.items():
            print(f"{measurement.TITLE}: {contender}, round {number} of {rounds}", file=sys.stderr)
            for metric, value in _run(measurement, contender, pythons[home_of(contender)], quick=quick).items():
                numbers.setdefault(metric, []).append(value)
    return {contender: Result(numbers) for contender, numbers in gathered.items()}


def _run(measurement: ModuleType, contender: str, python: Path, *, quick: bool) -> dict[str, float]:
    command = [str(python), "-m", measurement.__name__, contender, *(["--quick"] if quick else [])]
    environ = clean_environ(PYTHONPATH=str(Path(__file__).parent))
    with tempfile.TemporaryDirectory(prefix="spanloom-bench-") as folder:
        done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr}")
    numbers: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return numbers
