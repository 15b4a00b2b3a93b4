"""Which run an evaluation is: the active one, or one of its own."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest

import spanloom
from spanloom import genai
from spanloom.evaluation import load_results

DATA = [{"inputs": {"q": name}} for name in "abc"]


@genai.scorer
def fine(outputs: str) -> bool:
    return bool(outputs)


def answer(q: str) -> str:
    return f"ans {q}"


def test_an_evaluation_is_the_active_run() -> None:
    with spanloom.start_run(run_name="mine", tags={"team": "search"}) as run:
        spanloom.log_param("model", "small")
        result = genai.evaluate(DATA, [fine], answer, model_id="m-1")
        assert spanloom.get_run(run.info.run_id).info.status == "RUNNING"
        spanloom.log_metric("later", 1)

    assert (result.run_id, result.run_name) == (run.info.run_id, "mine")
    [kept] = spanloom.search_runs(output_format="list")
    assert kept.data.metrics == {**result.metrics, "later": 1.0}
    assert kept.data.params == {"model": "small"}
    assert kept.data.tags.items() >= {
        ("team", "search"),
        ("spanloom.runType", "evaluation"),
        ("spanloom.model_id", "m-1"),
    }
    assert kept.info.status == "FINISHED"
    found = spanloom.search_traces(run_id=run.info.run_id)
    assert {trace.info.trace_id for trace in found} == {row.trace_id for row in result.rows}
    assert load_results(run.info.run_id).metrics == result.metrics


def test_a_second_evaluation_in_a_run_is_nested_in_it() -> None:
    with spanloom.start_run() as run:
        first = genai.evaluate(DATA, [fine], answer)
        second = genai.evaluate(DATA[:1], [fine], answer)

    assert first.run_id == run.info.run_id != second.run_id
    assert spanloom.get_run(second.run_id).info.parent_run_id == run.info.run_id
    assert len(load_results(first.run_id).rows) == 3
    assert second.compare(first).scores["fine"].difference == 0


def test_an_evaluation_with_a_name_is_a_run_of_its_own_inside_the_active_one() -> None:
    with spanloom.start_run() as run:
        result = genai.evaluate(DATA, [fine], answer, run_name="named")

    nested = spanloom.get_run(result.run_id)
    assert (nested.info.run_name, nested.info.parent_run_id, nested.info.status) == (
        "named",
        run.info.run_id,
        "FINISHED",
    )
    assert spanloom.get_run(run.info.run_id).data.metrics == {}


def test_of_evaluations_at_once_in_one_run_one_is_the_run() -> None:
    with spanloom.start_run() as run, ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(copy_context().run, genai.evaluate, DATA, [fine], answer) for _ in range(4)]
        results = [job.result() for job in jobs]

    ids = {result.run_id for result in results}
    assert len(ids) == 4
    assert run.info.run_id in ids
    assert all(len(load_results(each).rows) == 3 for each in ids)


@pytest.mark.parametrize("inside", [True, False])
def test_an_evaluation_that_was_the_active_run_goes_on(inside: bool) -> None:
    calls: list[str] = []

    def stopping(q: str) -> str:
        if q == "c" and not resumed:
            raise ConnectionError("gone")
        calls.append(q)
        return answer(q)

    resumed = False
    with spanloom.start_run() as run:
        failed = genai.evaluate(DATA, [fine], stopping, max_workers=1)
    assert [row.inputs["q"] for row in failed.failed_rows] == ["c"]
    resumed = True
    calls.clear()
    if inside:
        with spanloom.start_run(run_id=run.info.run_id):
            result = genai.evaluate(DATA, [fine], stopping, resume=run.info.run_id)
            assert spanloom.active_run() is not None
    else:
        result = genai.evaluate(DATA, [fine], stopping, resume=run.info.run_id)
    assert calls == ["c"]
    assert (result.run_id, result.passed) == (run.info.run_id, True)
    assert spanloom.get_run(run.info.run_id).info.status == "FINISHED"
