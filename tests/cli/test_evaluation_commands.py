from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

import spanloom


@spanloom.scorer
def right(outputs: str) -> bool:
    return outputs == "yes"


@pytest.fixture
def evaluations() -> dict[str, str]:
    """Ids of the runs by their names, oldest first; another run is newer than both."""
    ids = {}
    for name, answer in (("before", "no"), ("after", "yes")):
        data = [{"inputs": {"q": "1"}, "outputs": answer}]
        ids[name] = spanloom.evaluate(data, [right], run_name=name).run_id
    with spanloom.start_run(run_name="training"):
        pass
    return ids


@pytest.mark.parametrize("spelling", ["whole", "start", "name", "last"])
def test_an_evaluation_is_found_as_runs_are(
    evaluations: dict[str, str], invoke: Callable[..., Any], spelling: str
) -> None:
    run_id = evaluations["after"]
    wanted = {"whole": run_id, "start": run_id[:20], "name": "after", "last": "last"}[spelling]
    shown = json.loads(invoke("evaluations", "show", wanted, "--json").stdout)
    assert (shown["run_id"], shown["run_name"]) == (run_id, "after")


def test_evaluations_are_compared_by_name_and_as_the_last(
    evaluations: dict[str, str], invoke: Callable[..., Any]
) -> None:
    compared = json.loads(invoke("evaluations", "compare", "before", "last", "--json").stdout)
    assert (compared["base"], compared["run"]) == (evaluations["before"], evaluations["after"])


def test_what_is_no_evaluation_is_told(evaluations: dict[str, str], invoke: Callable[..., Any]) -> None:
    other = invoke("evaluations", "show", "training")
    assert other.exit_code == 1
    assert "the store has no evaluation of the run" in other.stderr
    assert evaluations["after"] in other.stderr
    unknown = invoke("evaluations", "show", "nothing")
    assert "there is no run 'nothing'. The newest:" in unknown.stderr
