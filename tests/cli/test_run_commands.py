from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any

import pytest

import spanloom

Command = Callable[..., Any]


@pytest.fixture(autouse=True)
def runs() -> dict[str, str]:
    with spanloom.start_run(run_name="base") as base:
        spanloom.log_params({"model": "gpt-5", "seed": 1})
        for step in range(100):
            spanloom.log_metric("loss", 1 / (step + 1), step=step)
        with spanloom.start_run(run_name="variant", nested=True) as variant:
            spanloom.log_params({"model": "gpt-6", "seed": 1})
            spanloom.log_metric("loss", math.nan)
    return {"base": base.info.run_id, "variant": variant.info.run_id}


def test_list_shows_the_newest_first_and_what_fits(run_spanloom: Command, runs: dict[str, str]) -> None:
    lines = run_spanloom("runs", "list").stdout.splitlines()
    assert lines[0].split() == ["ID", "STARTED", "STATUS", "TIME", "NAME", "EXPERIMENT", "loss"]
    assert [line.split()[0] for line in lines[1:]] == [runs["variant"], runs["base"]]
    found = run_spanloom("runs", "list", "--filter", "metrics.loss < 0.5", "--json")
    assert [run["info"]["run_name"] for run in json.loads(found.stdout)] == ["base"]
    assert "fits" in run_spanloom("runs", "list", "--filter", "run_name = 'none'").stdout
    wrong = run_spanloom("runs", "list", "--filter", "metricz.loss < 0.5")
    assert wrong.returncode == 1
    assert "there is no column 'metricz.loss'; did you mean metrics" in wrong.stderr


def test_show_draws_histories(run_spanloom: Command, runs: dict[str, str]) -> None:
    shown = run_spanloom("runs", "show", "base").stdout
    assert "base FINISHED" in shown
    assert "gpt-5" in shown
    (loss,) = (line for line in shown.splitlines() if line.startswith("loss"))
    assert loss.split()[1:3] == ["0.01", "100"]
    chart = loss.split()[3]
    assert (chart[0], chart[-1]) == ("█", "▁")
    document = json.loads(run_spanloom("runs", "show", runs["variant"][:30], "--json").stdout)
    assert document["data"]["metrics"] == {"loss": "NaN"}
    assert [point["value"] for point in document["metric_history"]["loss"]] == ["NaN"]


def test_an_unknown_run_is_told_with_those_there_are(run_spanloom: Command) -> None:
    missing = run_spanloom("runs", "show", "it's")
    assert missing.returncode == 1
    assert 'there is no run "it\'s". The newest:' in missing.stderr
    assert "variant" in missing.stderr


def test_compare_puts_runs_side_by_side(run_spanloom: Command) -> None:
    compared = run_spanloom("runs", "compare", "base", "last").stdout
    rows = {line.split()[0]: line.split()[1:] for line in compared.splitlines()}
    assert rows["params.model"] == ["gpt-5", "gpt-6"]
    assert rows["metrics.loss"] == ["0.01", "nan"]
    assert "two runs or more" in run_spanloom("runs", "compare", "base").stderr


def test_delete_takes_nested_runs_along(run_spanloom: Command) -> None:
    deleted = run_spanloom("runs", "delete", "base", "variant", "--yes", "--json")
    assert len(json.loads(deleted.stdout)["deleted"]) == 2
    assert "No runs yet" in run_spanloom("runs", "list").stdout
