from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

import spanloom
from spanloom.cli.app import app
from spanloom.errors import EvaluationError, NotFoundError
from spanloom.evaluation import ScoreComparison, compare


@spanloom.scorer
def right(outputs: bool) -> bool:
    return outputs


def _evaluated(answers: list[bool]) -> spanloom.EvaluationResult:
    data = [{"inputs": {"q": number}, "outputs": given} for number, given in enumerate(answers)]
    return spanloom.evaluate(data, [right])


def test_rows_are_compared_by_their_inputs() -> None:
    before, after = _evaluated([True, False, True]), _evaluated([True, True, False, True])

    comparison = after.compare(before)

    score = comparison.scores["right"]
    assert comparison.matched == 3
    assert [row.inputs for row in comparison.only_result] == [{"q": 3}]
    assert [change.inputs for change in score.increased] == [{"q": 1}]
    assert [change.inputs for change in score.decreased] == [{"q": 2}]
    assert not score.significant


def test_a_difference_that_chance_hardly_makes_is_significant() -> None:
    before, after = _evaluated([False] * 30), _evaluated([True] * 20 + [False] * 10)

    score = compare(before.run_id, after.run_id).scores["right"]

    assert score.significant
    assert 0.4 < score.interval[0] < score.difference < score.interval[1] < 0.9
    assert compare(before, after).scores["right"].interval == score.interval


def test_many_rows_have_the_interval_that_resampling_gives() -> None:
    before, after = _evaluated([False] * 1000), _evaluated([True, True, False, False] * 250)

    drawn, normal = (_right_of(before, after, rows) for rows in (999, 1000))

    assert normal.interval == pytest.approx(drawn.interval, abs=0.002)
    assert compare(before, _evaluated([True] * 1000)).scores["right"].interval == (1, 1)


def _right_of(before: spanloom.EvaluationResult, after: spanloom.EvaluationResult, rows: int) -> ScoreComparison:
    fewer = (replace(result, rows=result.rows[:rows]) for result in (before, after))
    return compare(*fewer).scores["right"]


def test_evaluations_of_other_data_are_not_compared() -> None:
    @spanloom.scorer
    def fine(outputs: bool) -> bool:
        return True

    with pytest.raises(EvaluationError, match="same inputs"):
        compare(_evaluated([True]), spanloom.evaluate([{"inputs": {"other": 1}, "outputs": 1}], [fine]))
    with pytest.raises(NotFoundError, match="the newest are"):
        compare("nothing", "nobody")


def test_a_result_shows_its_failures_as_text_and_escaped_html(capsys: pytest.CaptureFixture[str]) -> None:
    data = [{"inputs": {"q": "<b>"}, "outputs": False}]
    result = spanloom.evaluate(data, [right], run_name="bold")
    result.show()

    assert "right" in capsys.readouterr().out
    assert "Evaluation bold" in str(result)
    assert "did not pass" in str(result)
    assert "&lt;b&gt;" in result._repr_html_()
    assert "<b>" not in result._repr_html_()


def test_the_command_line_lists_shows_and_compares(store: Path) -> None:
    before, after = _evaluated([False]), _evaluated([True])
    runner = CliRunner()

    def run(*arguments: str) -> str:
        done = runner.invoke(app, ["evaluations", *arguments, "--store", f"sqlite:///{store}"])
        assert done.exit_code == 0, done.output
        return done.output

    assert [record["run_id"] for record in json.loads(run("list", "--json"))] == [after.run_id, before.run_id]
    assert "not passed" in run("list")
    assert json.loads(run("show", after.run_id, "--json"))["metrics"]["right/mean"] == 1.0
    assert "right" in run("show", before.run_id)
    (score,) = json.loads(run("compare", before.run_id, after.run_id, "--json"))["scores"]
    assert score["increased"] == [{"q": 0}]
    assert "may be chance" in run("compare", before.run_id, after.run_id)
