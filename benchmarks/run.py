"""Measure spanloom beside its peers and hold it to its budgets.

    python benchmarks/run.py                 # everything, about a quarter of an hour
    python benchmarks/run.py --quick         # smaller and fewer rounds
    python benchmarks/run.py --only durable  # one measurement

Exit code 1 says that a budget was missed.
"""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
import sys
from pathlib import Path

from budgets import BUDGETS
from environments import home_of, prepare, versions
from measurements import durable, evaluation, hot_path, imports, memory, models, request, response, stream
from measuring import measure
from report import Report

_MEASUREMENTS = {
    "imports": imports,
    "hot_path": hot_path,
    "durable": durable,
    "stream": stream,
    "request": request,
    "response": response,
    "memory": memory,
    "evaluation": evaluation,
    "models": models,
}
_DISTRIBUTIONS = {
    "spanloom": ["spanloom", "wrapt", "orjson"],
    "opentelemetry": ["opentelemetry-sdk"],
    "mlflow": ["mlflow"],
}


def main() -> int:
    """Run what the command line asks for and print the table."""
    arguments = _parse()
    chosen = {name: _MEASUREMENTS[name] for name in arguments.only}
    homes = dict.fromkeys(home_of(contender) for module in chosen.values() for contender in module.CONTENDERS)
    pythons = {}
    for home in homes:
        print(f"environment: {home}", file=sys.stderr)
        pythons[home] = prepare(home, arguments.venvs.resolve())
    rounds = arguments.rounds or (3 if arguments.quick else 7)
    results = {
        name: measure(module, pythons, rounds=1 if module is memory else rounds, quick=arguments.quick)
        for name, module in chosen.items()
    }
    report = Report(
        titles={name: (module.TITLE, module.UNIT) for name, module in chosen.items()},
        results=results,
        budgets=[budget for budget in BUDGETS if budget.measurement in chosen],
        facts=_facts(pythons, rounds, quick=arguments.quick),
    )
    print({"json": report.as_json, "markdown": report.as_markdown, "text": report.as_text}[arguments.format]())
    return 0 if report.passed else 1


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="smaller and fewer rounds, for everyday")
    parser.add_argument("--rounds", type=int, help="how often each contender is run (7, or 3 with --quick)")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=_MEASUREMENTS,
        default=list(_MEASUREMENTS),
        metavar="NAME",
        help=f"measurements to run: {', '.join(_MEASUREMENTS)}",
    )
    parser.add_argument(
        "--venvs",
        type=Path,
        default=Path(__file__).parent / ".venvs",
        metavar="FOLDER",
        help="where the contenders' virtual environments are kept (about 2 GB)",
    )
    output = parser.add_mutually_exclusive_group()
    output.add_argument("--json", dest="format", action="store_const", const="json", default="text")
    output.add_argument("--markdown", dest="format", action="store_const", const="markdown")
    return parser.parse_args()


def _facts(pythons: dict[str, Path], rounds: int, *, quick: bool) -> dict[str, str]:
    found = [versions(python, _DISTRIBUTIONS[home]) for home, python in pythons.items()]
    return {
        "date": dt.datetime.now(tz=dt.UTC).date().isoformat(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs",
        "python": platform.python_version(),
        "versions": ", ".join(f"{name} {version}" for each in found for name, version in each.items()),
        "rounds": f"{rounds}{' (quick)' if quick else ''}",
    }


if __name__ == "__main__":
    sys.exit(main())
