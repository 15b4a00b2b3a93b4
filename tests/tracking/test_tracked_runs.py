from __future__ import annotations

import math
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path

import anyio
import pytest

import spanloom
from spanloom.errors import NotFoundError, RunError


def stored(run: spanloom.Run) -> spanloom.Run:
    return spanloom.get_run(run.info.run_id)


def test_a_run_keeps_what_is_logged_in_it() -> None:
    with spanloom.start_run(run_name="first", tags={"team": 7}, description="why") as run:
        assert stored(run).info.status == "RUNNING"
        assert spanloom.log_param("temperature", 0.2) == 0.2
        spanloom.log_params({"model": "gpt-5", "tools": ["a"]})
        spanloom.log_metrics({"accuracy": 0.5, "loss": 2})
        spanloom.set_tags({"stage": "review", "gone": "x"})
        spanloom.delete_tag("gone")
    found = stored(run)
    assert (found.info.run_name, found.info.status, found.info.experiment_id) == ("first", "FINISHED", "Default")
    assert found.info.end_time is not None
    assert found.info.end_time >= found.info.start_time
    assert found.data.params == {"model": "gpt-5", "temperature": "0.2", "tools": "['a']"}
    assert found.data.metrics == {"accuracy": 0.5, "loss": 2.0}
    assert found.data.tags == {"mlflow.note.content": "why", "mlflow.runName": "first", "stage": "review", "team": "7"}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ValueError, "FAILED"),
        (KeyboardInterrupt, "KILLED"),
        (SystemExit(0), "FINISHED"),
        (SystemExit("no"), "FAILED"),
    ],
)
def test_what_ends_the_block_tells_the_status_and_passes_through(
    error: BaseException | type[BaseException], status: str
) -> None:
    with pytest.raises(BaseException) as raised, spanloom.start_run() as run:  # noqa: PT011 - any of them
        raise error
    assert raised.type is (error if isinstance(error, type) else type(error))
    assert stored(run).info.status == status
    assert spanloom.active_run() is None


def test_a_second_run_must_be_nested_and_the_error_says_both_ways_out() -> None:
    with spanloom.start_run(run_name="outer", experiment_id="mine") as outer:
        with pytest.raises(RunError, match=r"'outer'.*is active already.*end_run\(\).*nested=True"):
            spanloom.start_run()
        with spanloom.start_run(nested=True) as inner:
            assert spanloom.active_run() is inner
        assert spanloom.active_run() is outer
    assert inner.info.parent_run_id == outer.info.run_id
    assert inner.info.experiment_id == "mine"
    assert inner.data.tags["mlflow.parentRunId"] == outer.info.run_id
    parent = spanloom.get_parent_run(inner.info.run_id)
    assert parent is not None
    assert parent.info.run_id == outer.info.run_id


def test_plain_calls_start_and_end_runs() -> None:
    spanloom.end_run()  # none is active: nothing happens
    run = spanloom.start_run()
    with pytest.raises(RunError, match="expected one of FINISHED, FAILED, KILLED"):
        spanloom.end_run("DONE")
    spanloom.end_run("KILLED")
    assert spanloom.active_run() is None
    assert stored(run).info.status == "KILLED"
    last = spanloom.last_active_run()
    assert last is not None
    assert last.info.run_id == run.info.run_id


def test_a_run_is_gone_on_with() -> None:
    with spanloom.start_run(run_name="long") as first:
        spanloom.log_metric("loss", 3, step=1)
    with spanloom.start_run(first.info.run_id, tags={"resumed": True}) as again:
        assert stored(first).info.end_time is None
        spanloom.log_metric("loss", 2, step=2)
    assert again.info.run_name == "long"
    assert stored(first).data.metrics == {"loss": 2}
    assert stored(first).data.tags["resumed"] == "True"


def test_ids_of_no_run_are_told() -> None:
    with pytest.raises(NotFoundError, match="no run 'nope'"):
        spanloom.get_run("nope")
    with pytest.raises(NotFoundError, match="no run 'nope'"):
        spanloom.start_run("nope")
    with pytest.raises(NotFoundError, match="no run 'nope'"):
        spanloom.start_run(parent_run_id="nope")
    calls: list[Callable[[], object]] = [
        lambda: spanloom.log_metric("a", 1, run_id="nope"),
        lambda: spanloom.log_params({"a": 1}, run_id="nope"),
        lambda: spanloom.set_tag("a", 1, run_id="nope"),
        lambda: spanloom.log_text("a", "a.txt", run_id="nope"),
        lambda: spanloom.delete_run("nope"),
    ]
    for call in calls:
        with pytest.raises(NotFoundError, match="no run 'nope'"):
            call()
    assert spanloom.active_run() is None


def test_a_param_keeps_its_value() -> None:
    with spanloom.start_run() as run:
        spanloom.log_param("lr", 0.1)
        spanloom.log_param("lr", "0.1")
        with pytest.raises(RunError, match=r"param 'lr' of run .* is '0.1' already and can't become '0.2'"):
            spanloom.log_params({"new": 1, "lr": 0.2})
    assert stored(run).data.params == {"lr": "0.1"}


@pytest.mark.parametrize("key", ["", " ", "a\nb", "x" * 251, 3])
def test_unusable_names_are_refused(key: str) -> None:
    with spanloom.start_run():
        for log in (spanloom.log_param, spanloom.log_metric, spanloom.set_tag):
            with pytest.raises(RunError, match="expected a name of 1 to 250 printable characters"):
                log(key, 1)


def test_a_metric_has_a_history_and_its_value_is_that_of_the_greatest_step() -> None:
    with spanloom.start_run() as run:
        spanloom.log_metric("loss", 3, step=10, timestamp=1000)
        spanloom.log_metric("loss", math.nan, step=20)
        spanloom.log_metric("loss", 9, step=5)
        for value in (1, -math.inf, 4):
            spanloom.log_metric("unstepped", value)
        for unfit in ("0.5", None, [1], 1j):
            with pytest.raises(RunError, match="metric 'loss': expected a number"):
                spanloom.log_metric("loss", unfit)  # type: ignore[arg-type]
    history = spanloom.get_metric_history(run.info.run_id, "loss")
    assert [metric.step for metric in history] == [5, 10, 20]
    assert (history[0].value, history[1].value, history[1].timestamp) == (9.0, 3.0, 1000)
    assert math.isnan(history[2].value)
    assert math.isnan(stored(run).data.metrics["loss"])
    assert stored(run).data.metrics["unstepped"] == 4
    assert stored(run).to_dict()["data"]["metrics"] == {"loss": "NaN", "unstepped": 4.0}
    assert [metric.value for metric in spanloom.get_metric_history(run.info.run_id, "unstepped")] == [1, -math.inf, 4]


def test_tasks_and_threads_with_a_copied_context_see_the_run_others_do_not() -> None:
    async def active() -> spanloom.Run | None:
        return spanloom.active_run()

    with spanloom.start_run() as run:
        context = copy_context()
        assert anyio.run(active) is run
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(context.run, spanloom.active_run).result() is run
            assert pool.submit(spanloom.active_run).result() is None
    assert context.run(spanloom.active_run) is None  # it ended meanwhile


def test_traces_begun_in_a_run_are_linked_to_it_and_filed_with_it() -> None:
    @spanloom.trace
    def work() -> int:
        return 1

    work()
    with spanloom.start_run(experiment_id="mine") as run:
        work()
        with spanloom.start_run(nested=True) as inner:
            work()
        work()
    work()
    mine = spanloom.search_traces(f"metadata.`spanloom.source_run` = '{run.info.run_id}'")
    assert [trace.info.experiment for trace in mine] == ["mine", "mine"]
    assert len(spanloom.search_traces(f"metadata.`spanloom.source_run` = '{inner.info.run_id}'")) == 1
    assert len(spanloom.search_traces("metadata.`spanloom.source_run` IS NULL")) == 2


def test_logging_without_a_run_starts_one_that_ends_with_the_process(store: Path) -> None:
    code = "import spanloom; spanloom.log_param('a', 1); {}"
    for more in ("pass", "1 / 0", "raise KeyboardInterrupt"):
        environment = {"SPANLOOM_STORE": f"sqlite:///{store}"}
        subprocess.run([sys.executable, "-c", code.format(more)], env=environment, capture_output=True, check=False)
    found = spanloom.search_runs(order_by="start_time", output_format="list")
    assert [run.info.status for run in found] == ["FINISHED", "FAILED", "KILLED"]


def test_several_processes_log_to_one_run(store: Path) -> None:
    code = """
import sys, spanloom
with_id, worker = sys.argv[1:]
for step in range(40):
    spanloom.log_metrics({"shared": step, worker: step}, step=step, run_id=with_id)
spanloom.log_table({"worker": [worker]}, "workers.json", run_id=with_id)
"""
    with spanloom.start_run() as run:
        environment = {"SPANLOOM_STORE": f"sqlite:///{store}"}
        workers = [
            subprocess.Popen([sys.executable, "-c", code, run.info.run_id, f"w{number}"], env=environment)
            for number in range(3)
        ]
        assert [worker.wait() for worker in workers] == [0, 0, 0]
    assert stored(run).data.metrics == {"shared": 39, "w0": 39, "w1": 39, "w2": 39}
    assert len(spanloom.get_metric_history(run.info.run_id, "shared")) == 120
    assert sorted(spanloom.load_table("workers.json", [run.info.run_id])["worker"]) == ["w0", "w1", "w2"]


def test_a_deleted_run_takes_its_files_and_nested_runs_along() -> None:
    with spanloom.start_run() as run:
        spanloom.log_metric("a", 1)
        with spanloom.start_run(nested=True) as inner:
            spanloom.log_text("x", "x.txt")
    folder = Path(spanloom.artifacts.download_artifacts(run_id=inner.info.run_id))
    assert folder.is_dir()
    spanloom.delete_run(run.info.run_id)
    assert not folder.exists()
    for gone in (run, inner):
        with pytest.raises(NotFoundError):
            stored(gone)
    assert spanloom.get_metric_history(run.info.run_id, "a") == []
