"""The command line of a measurement: run one contender, print one JSON line."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Mapping

__all__ = ["Contender", "main"]

Contender = Callable[[bool], Mapping[str, float]]
"""Given whether the run is a quick one, measures and returns `{metric: number}`."""


def main(contenders: Mapping[str, Contender]) -> None:
    """Run the contender that the command line names."""
    parser = argparse.ArgumentParser()
    parser.add_argument("contender", choices=contenders)
    parser.add_argument("--quick", action="store_true")
    arguments = parser.parse_args()
    print(json.dumps(contenders[arguments.contender](arguments.quick)))
