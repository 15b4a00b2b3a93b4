from __future__ import annotations

from typing import Any

import pytest

import spanloom
from spanloom.errors import FilterError


@pytest.fixture(autouse=True)
def runs() -> dict[str, str]:
    """Three runs of one experiment, and one elsewhere."""
    ids = {}
    for name, model, accuracy, tags in (
        ("a", "gpt-5", 0.7, {"env": "prod"}),
        ("b", "gpt-5", 0.95, {"env": "dev"}),
        ("c", "Claude", None, {}),
    ):
        with spanloom.start_run(run_name=name, tags=tags) as run:
            spanloom.log_param("model", model)
            if accuracy is not None:
                spanloom.log_metric("val/accuracy", accuracy)
        ids[name] = run.info.run_id
    with pytest.raises(ZeroDivisionError), spanloom.start_run(run_name="elsewhere", experiment_id="other"):
        1 / 0  # noqa: B018 - fails the run
    return ids


def names(filter_string: str = "", **arguments: Any) -> str:
    arguments.setdefault("order_by", "run_name")
    found = spanloom.search_runs(filter_string=filter_string, output_format="list", **arguments)
    return " ".join(run.info.run_name for run in found)


@pytest.mark.parametrize(
    ("filter_string", "expected"),
    [
        ("", "a b c"),
        ("metrics.`val/accuracy` > 0.9 and params.model = 'gpt-5' and tags.env = 'dev'", "b"),
        ('metrics."val/accuracy" <= 0.95', "a b"),
        ("attributes.status = 'FINISHED' AND attributes.run_name != 'a'", "b c"),
        ("tags.env != 'prod'", "b c"),
        ("tags.env IS NULL", "c"),
        ("metrics.`val/accuracy` IS NOT NULL AND NOT run_name = 'a'", "b"),
        ("params.model LIKE 'gpt%'", "a b"),
        ("params.model LIKE 'claude'", ""),
        ("params.model ILIKE 'claude'", "c"),
        ("params.model RLIKE '^[A-Z]'", "c"),
        ("run_name IN ('a', 'c')", "a c"),
        ("(tags.env = 'prod' OR tags.env = 'dev') AND params.model = 'gpt-5'", "a b"),
        ("start_time > '2020-01-01' AND end_time < 1", ""),
        ("tags.mlflow.runName = 'b'", "b"),
    ],
)
def test_filters(filter_string: str, expected: str) -> None:
    assert names(filter_string) == expected


@pytest.mark.parametrize(
    ("filter_string", "message", "position"),
    [
        ("metrics.x = 'high'", r"metrics\.x is compared with a number", 12),
        ("status = 'FINISHED' AND metric = 1", r"no column 'metric'; a key follows it, e\.g\. metrics\.name", 24),
        ("statuz = 'FAILED'", "did you mean status", 0),
        ("params.model = gpt", "a text is written in quotation marks", 15),
        ("banana = 1", r"see the columns in docs/tracking\.md", 0),
        ("run_name =", r"expected conditions such as metrics\.accuracy > 0\.9", 9),
    ],
)
def test_mistakes_are_explained_at_their_place(filter_string: str, message: str, position: int) -> None:
    with pytest.raises(FilterError, match=message) as raised:
        names(filter_string)
    assert raised.value.position == position


def test_order_puts_missing_values_last_both_ways() -> None:
    assert names(order_by=["metrics.`val/accuracy` DESC"]) == "b a c"
    assert names(order_by=["metrics.`val/accuracy`"]) == "a b c"
    assert names(order_by=None) == "c b a"
    with pytest.raises(FilterError, match="runs can't be sorted by 'metrik'; did you mean"):
        names(order_by=["metrik"])


def test_experiments_are_chosen() -> None:
    assert names(experiment_names=["other"]) == "elsewhere"
    assert names(experiment_ids=["other", "Default"]) == "a b c elsewhere"
    assert names("status = 'FAILED'", search_all_experiments=True) == "elsewhere"
    spanloom.set_experiment("other")
    assert names() == "elsewhere"
    with pytest.raises(FilterError, match="not both"):
        names(experiment_ids=["a"], experiment_names=["b"])


def test_pages_follow_each_other() -> None:
    first = spanloom.search_runs(max_results=2, output_format="list")
    assert [run.info.run_name for run in first] == ["c", "b"]
    assert first.token is not None
    second = spanloom.search_runs(max_results=2, output_format="list", page_token=first.token)
    assert [run.info.run_name for run in second] == ["a"]
    assert second.token is None
    for unfit in ("nonsense", first.token + "x", ""):
        with pytest.raises(FilterError, match="page_token"):
            names(page_token=unfit)
    with pytest.raises(FilterError, match="page_token"):
        names("run_name = 'a'", page_token=first.token)


def test_a_frame_has_mlflows_columns(runs: dict[str, str]) -> None:
    frame = spanloom.search_runs(order_by="run_name")
    assert list(frame.columns) == [
        *("run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time"),
        *("metrics.val/accuracy", "params.model", "tags.env", "tags.mlflow.runName"),
    ]
    assert list(frame["run_id"]) == list(runs.values())
    assert frame["metrics.val/accuracy"].isna().tolist() == [False, False, True]
    assert str(frame["start_time"].dt.tz) == "UTC"
    assert len(spanloom.search_runs(filter_string="run_name = 'nobody'")) == 0
    with pytest.raises(ValueError, match="output_format must be"):
        spanloom.search_runs(output_format="csv")  # type: ignore[call-overload]
