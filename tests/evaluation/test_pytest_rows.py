from __future__ import annotations

from collections.abc import Callable

import pytest

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]

_ROWS = """
{"inputs": {"country": "France"}, "expectations": {"expected_response": "Paris"}}
{"inputs": {"country": "Peru"}, "expectations": {"expected_response": "Lima"}}
"""

_HEAD = """
import pytest, spanloom

@spanloom.scorer(aggregations=["mean", "min"])
def right(outputs, expectations):
    return outputs == expectations["expected_response"]
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # whatever else is installed here
    options = ("-W", "error", "--strict-markers", "-p", "spanloom.evaluation.pytest_plugin")
    (pytester.path / "capitals.jsonl").write_text(_ROWS)
    return lambda *arguments: pytester.runpytest_subprocess(*options, *arguments)


def test_each_row_is_a_test_that_fails_if_its_scores_do(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(f"""{_HEAD}
@pytest.mark.spanloom_eval(data="capitals.jsonl", scorers=[right])
def test_capital(row):
    return "Paris"
""")

    result = run("-v")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.re_match_lines([r".*::test_capital\[0-France\] PASSED", r".*::test_capital\[1-Peru\] FAILED"])
    result.stdout.fnmatch_lines(["row 1: right: value=False", "*= evaluations =*", "FAILED  *::test_capital"])
    result.stdout.re_match_lines([r"\s+right/mean +0.5$", r"\s+right/min +0$", r"\s+rows/count +2$"])


@pytest.mark.parametrize(("least", "code"), [(0.5, pytest.ExitCode.OK), (0.6, pytest.ExitCode.TESTS_FAILED)])
@pytest.mark.parametrize("processes", [(), ("-p", "xdist", "-n2")])
def test_with_criteria_the_rows_count_together(
    pytester: pytest.Pytester, run: Run, least: float, code: pytest.ExitCode, processes: tuple[str, ...]
) -> None:
    if processes:
        pytest.importorskip("xdist")
    pytester.makepyfile(f"""{_HEAD}
@pytest.mark.spanloom_eval(data="capitals.jsonl", scorers=[right], pass_criteria={{"right/mean": ">= {least}"}})
def test_capital(row):
    return "Paris"
""")

    result = run(*processes)

    result.assert_outcomes(passed=2)
    assert result.ret == code
    result.stdout.fnmatch_lines([f"*right/mean   0.5*expected >= {least}"])


def test_a_row_that_raises_counts_and_one_that_is_skipped_does_not(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(f"""{_HEAD}
rows = [{{"inputs": {{"n": n}}, "expectations": {{"expected_response": n}}}} for n in range(3)]

@pytest.mark.spanloom_eval(data=rows, scorers=[right], pass_criteria={{"right/mean": 0.5}})
def test_numbers(row):
    if row.inputs["n"] == 1:
        raise RuntimeError("down")
    if row.inputs["n"] == 2:
        pytest.skip("later")
    return row.inputs["n"]
""")

    result = run()

    result.assert_outcomes(passed=1, failed=1, skipped=1)
    result.stdout.fnmatch_lines(
        ["*RuntimeError: down", "passed  *", "*right/mean*0.5*", "*rows/count*2", "*rows/failed*1"]
    )


@pytest.mark.parametrize(("plugin", "mark"), [("anyio", "anyio"), ("pytest_asyncio.plugin", "asyncio")])
def test_asynchronous_tests_with_other_parameters_are_evaluations_of_their_own(
    pytester: pytest.Pytester, run: Run, plugin: str, mark: str
) -> None:
    pytest.importorskip(plugin.partition(".")[0])
    if mark == "asyncio":
        pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function")
    pytester.makepyfile(f"""{_HEAD}
@pytest.fixture
def anyio_backend():
    return "asyncio"

@pytest.mark.{mark}
@pytest.mark.parametrize("model", ["small", "large"])
@pytest.mark.spanloom_eval(data="capitals.jsonl", scorers=[right], pass_criteria={{}})
async def test_capital(row, model):
    return row.expectations["expected_response"] if model == "large" else "Rome"
""")

    result = run("-p", plugin)

    result.assert_outcomes(passed=4)
    result.stdout.re_match_lines(
        [r"passed .*test_capital\[large\]", r"\s+right/mean +1$", r"passed .*\[small\]", r"\s+right/mean +0$"]
    )


def test_the_call_of_a_row_is_a_trace_with_the_scores(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(f"""{_HEAD}
@spanloom.trace(span_type="AGENT")
def agent(country):
    return "Paris"

@pytest.mark.spanloom_eval(data="capitals.jsonl", scorers=[right], pass_criteria={{}})
def test_capital(row):
    return agent(row.inputs["country"])

def test_then():
    trace = spanloom.search_traces()[-1]
    assert [span.name for span in trace.data.spans] == ["test_capital", "agent"]
    assert (trace.data.spans[0].inputs, trace.data.spans[0].outputs) == ({{"country": "France"}}, "Paris")
    assert [(said.name, said.value) for said in trace.info.assessments] == [
        ("right", True), ("expected_response", "Paris")
    ]
""")

    run().assert_outcomes(passed=3)


@pytest.mark.parametrize(
    ("mark", "signature", "message"),
    [
        ("data='none.jsonl', scorers=[right]", "row", "*there is no file *none.jsonl*"),
        ("scorers=[right]", "row", "*spanloom_eval takes data=, scorers= and pass_criteria=*"),
        ("data=[{'inputs': {}}]", "", "*takes no `row`: def test_capital(row)*"),
        ("data=[{'inputs': {}}], scorers=[right]", "row", "test_capital returned nothing to score*"),
    ],
)
def test_mistakes_are_told(pytester: pytest.Pytester, run: Run, mark: str, signature: str, message: str) -> None:
    pytester.makepyfile(f"""{_HEAD}
@pytest.mark.spanloom_eval({mark})
def test_capital({signature}):
    pass
""")

    result = run()

    assert result.ret != pytest.ExitCode.OK
    result.stdout.fnmatch_lines([message])


def test_rows_come_from_the_store_by_name(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makeconftest("""
import spanloom
spanloom.configure(store="sqlite://")
spanloom.create_dataset("capitals-1.1").merge_records([{"inputs": {"country": "Peru"}}])
""")
    pytester.makepyfile("""
import pytest

@pytest.mark.spanloom_eval(data="capitals-1.1")
def test_capital(row):
    assert row.inputs == {"country": "Peru"}
""")
    run().assert_outcomes(passed=1)

    pytester.makepyfile("""
import pytest

@pytest.mark.spanloom_eval(data="capitals-1.2")
def test_capital(row):
    pass
""")
    result = run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*::test_capital: the store has no dataset 'capitals-1.2'*"])
    result.stdout.no_fnmatch_line("During handling*")


def test_the_fixture_evaluates_and_fails_the_test(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(f"""{_HEAD}
def test_half(spanloom_eval):
    result = spanloom_eval("capitals.jsonl", [right], lambda country: "Paris", pass_criteria={{"right/mean": 0.5}})
    assert spanloom.get_run(result.run_id).data.metrics["right/mean"] == 0.5

@pytest.mark.spanloom_eval
def test_all(spanloom_eval):
    spanloom_eval("capitals.jsonl", right, lambda country: "Paris")
""")

    result = run("-v")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["FAILED  *::test_all  (run *)", "passed  *::test_half  (run *)"])
    run("-m", "spanloom_eval").assert_outcomes(failed=1, deselected=1)


def test_rows_with_other_parameters_count_together_per_set_of_those(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(f"""{_HEAD}
rows = [
    {{"inputs": {{"city": city}}, "expectations": {{"expected_response": city}}}} for city in ("Zürich", "Genf", "1")
]
mark = pytest.mark.spanloom_eval(data=rows, scorers=[right], pass_criteria={{"right/mean": 0.6}})

def answer(row):
    return row.inputs["city"] if row.position < 2 else "wrong"

@pytest.mark.parametrize("number", [1, -1])
@mark
def test_above(row, number):
    return answer(row)

@mark
@pytest.mark.parametrize(("model", "size"), [("m-1", 0), ("m-2", 1)])
def test_below(row, model, size):
    return answer(row)

@pytest.fixture(params=["one", "two"])
def made(request):
    return request.param

@mark
def test_fixture(made, row):
    return answer(row)
""")

    result = run()

    result.assert_outcomes(passed=18)
    assert result.ret == pytest.ExitCode.OK
    names = [line.partition("::")[2] for line in result.outlines if line.startswith("passed  ")]
    assert sorted(names) == [
        "test_above[-1]",
        "test_above[1]",
        "test_below[m-1-0]",
        "test_below[m-2-1]",
        "test_fixture[one]",
        "test_fixture[two]",
    ]
