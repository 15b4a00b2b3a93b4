from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from spanloom.testing import ProviderServer, Reply

pytest_plugins = ["pytester"]

Run = Callable[..., pytest.RunResult]

_AGENT = """
import httpx, pytest, spanloom
from spanloom.testing import Reply

@spanloom.trace(span_type="AGENT")
def agent(question, base_url):
    with spanloom.start_span("model", span_type="CHAT_MODEL"):
        body = {"model": "m", "messages": [{"role": "user", "content": question}]}
        answer = httpx.post(f"{base_url}/chat/completions", json=body).json()
    return answer["choices"][0]["message"]["content"]
"""


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # whatever else is installed here
    monkeypatch.delenv("CI", raising=False)
    options = ("-W", "error", "--strict-markers", "-p", "spanloom.evaluation.pytest_plugin")
    return lambda *arguments: pytester.runpytest_subprocess(*options, *arguments)


def test_traces_are_those_of_the_test_and_the_store_is_the_projects_again(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile(f"""{_AGENT}
def test_two(spanloom_traces, provider_server):
    server = provider_server([Reply("yes"), Reply("no")])
    assert len(spanloom_traces) == 0
    assert [agent(question, server.base_url) for question in ("a", "b")] == ["yes", "no"]
    first, last = spanloom_traces
    assert (first.data.spans[0].outputs, last.data.spans[0].outputs) == ("yes", "no")
    assert spanloom_traces[-1].search_spans(span_type="CHAT_MODEL")
    assert len(server.requests) == 2

def test_none(spanloom_traces):
    assert list(spanloom_traces) == []

def test_project(tmp_path):
    from pathlib import Path
    assert not Path("spanloom.db").exists()
    with spanloom.start_span("in the project's own store"):
        pass
    assert len(spanloom.search_traces()) == 1
    assert Path("spanloom.db").exists()
""")

    run().assert_outcomes(passed=3)


def test_snapshots_are_written_on_demand_and_compared(pytester: pytest.Pytester, run: Run) -> None:
    test = """
import pytest, spanloom

@pytest.mark.parametrize("tool", ["a/b", "a_b"])
def test_tree(trace_snapshot, spanloom_traces, tool):
    with spanloom.start_span("agent", span_type="AGENT"):
        with spanloom.start_span(tool, span_type="TOOL"):
            pass
    trace_snapshot()
    trace_snapshot(spanloom_traces[0], name="again")
"""
    pytester.makepyfile(test_tools=test)
    missing = run()
    missing.assert_outcomes(failed=2)
    missing.stdout.fnmatch_lines(
        ["there is no snapshot *; pytest --spanloom-update-snapshots writes it:", "AGENT agent"]
    )

    written = run("--spanloom-update-snapshots")
    written.assert_outcomes(passed=2)
    written.stdout.fnmatch_lines(["wrote *test_tree[[]a_b[]].txt"])
    folder = pytester.path / "snapshots" / "test_tools"
    assert len(list(folder.iterdir())) == 4
    assert (folder / "test_tree[a_b].again.txt").read_text() == "AGENT agent\n  TOOL a_b\n"
    run().assert_outcomes(passed=2)

    pytester.makepyfile(test_tools=test.replace('type="TOOL"', 'type="RETRIEVER"'))
    changed = run()
    changed.assert_outcomes(failed=2)
    changed.stdout.fnmatch_lines(["the trace is not like *", "-  TOOL a/b", "+  RETRIEVER a/b"])


_PARIS = f"""{_AGENT}
import pathlib

@pytest.mark.spanloom_cassette
def test_marked(request):
    assert agent("Weather?", pathlib.Path("url").read_text()) == pathlib.Path("expected").read_text()

def test_fixture(cassette):
    agent("Weather?", pathlib.Path("url").read_text())
    assert len(cassette.answered) == 1

@pytest.mark.spanloom_cassette("own/weather.jsonl", on_missing="call")
def test_named():
    agent("Weather?", pathlib.Path("url").read_text())
"""


@pytest.fixture
def weather(pytester: pytest.Pytester) -> Iterator[ProviderServer]:
    """What tests with cassettes call in earnest."""
    pytester.makepyfile(test_paris=_PARIS)
    (pytester.path / "expected").write_text("Sunny.")
    with ProviderServer([Reply("Sunny."), Reply("Rain."), Reply("Snow.")]) as server:
        (pytester.path / "url").write_text(server.base_url)
        yield server


def test_the_first_run_records_and_later_ones_replay(
    pytester: pytest.Pytester, run: Run, weather: ProviderServer
) -> None:
    recorded = run("-k", "marked")
    recorded.assert_outcomes(passed=1)
    recorded.stdout.fnmatch_lines(["wrote *test_marked.jsonl"])
    assert [path.name for path in (pytester.path / "cassettes" / "test_paris").iterdir()] == ["test_marked.jsonl"]
    assert len(weather.requests) == 1

    replayed = run("-k", "marked")

    replayed.assert_outcomes(passed=1)
    replayed.stdout.no_fnmatch_line("wrote *")
    assert len(weather.requests) == 1


def test_a_cassette_is_recorded_anew_only_if_the_test_passes(
    pytester: pytest.Pytester, run: Run, weather: ProviderServer
) -> None:
    run("-k", "marked").assert_outcomes(passed=1)

    run("-k", "marked", "--spanloom-record=all").assert_outcomes(failed=1)  # it rains
    run("-k", "marked").assert_outcomes(passed=1)
    (pytester.path / "expected").write_text("Snow.")
    run("-k", "marked", "--spanloom-record=all").assert_outcomes(passed=1)
    run("-k", "marked").assert_outcomes(passed=1)

    assert len(weather.requests) == 3
    assert [path.name for path in (pytester.path / "cassettes" / "test_paris").iterdir()] == ["test_marked.jsonl"]


@pytest.mark.parametrize("arguments", ['on_mising="call"', 'on_missing="skip"', '"a.jsonl", "call"'])
def test_a_mark_that_says_something_else_is_refused(
    pytester: pytest.Pytester, run: Run, weather: ProviderServer, arguments: str
) -> None:
    pytester.makepyfile(test_paris=_PARIS.replace('"own/weather.jsonl", on_missing="call"', arguments))

    refused = run("-k", "named")

    refused.assert_outcomes(errors=1)
    refused.stdout.fnmatch_lines(["*test_named: spanloom_cassette takes a path and on_missing=*"])
    assert len(weather.requests) == 0


def test_nothing_is_recorded_in_continuous_integration(
    pytester: pytest.Pytester, run: Run, weather: ProviderServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")

    missing = run("-k", "marked")

    missing.assert_outcomes(errors=1)
    missing.stdout.fnmatch_lines(["there is no cassette *test_marked.jsonl; pytest --spanloom-record=once makes it*"])
    assert len(weather.requests) == 0
    run("-k", "named", "--spanloom-record=once").assert_outcomes(passed=1)
    assert (pytester.path / "own" / "weather.jsonl").exists()


def test_a_test_that_fails_leaves_no_cassette(pytester: pytest.Pytester, run: Run, weather: ProviderServer) -> None:
    run("-k", "fixture").assert_outcomes(failed=1)  # it answered nothing from the record, as there was none

    assert list(pytester.path.rglob("*.jsonl*")) == []


def test_a_call_that_is_not_on_the_cassette_fails_the_test_unless_it_may_be_made(
    pytester: pytest.Pytester, run: Run, weather: ProviderServer
) -> None:
    run("-k", "marked or named").assert_outcomes(passed=2)
    pytester.makepyfile(test_paris=_PARIS.replace("Weather?", "And tomorrow?"))
    (pytester.path / "expected").write_text("Snow.")

    changed = run("-k", "marked or named", "-v")

    changed.stdout.re_match_lines([r".*::test_marked FAILED", r".*::test_named PASSED", r".*'Weather\?' became .*"])
    assert len(weather.requests) == 3


def test_a_project_that_does_not_use_it_loads_nothing_of_it(pytester: pytest.Pytester, run: Run) -> None:
    pytester.makepyfile("""
import sys

def test_own():
    loaded = {name for name in sys.modules if name.startswith("spanloom")}
    assert loaded <= {
        "spanloom", "spanloom.facade", "spanloom.evaluation", "spanloom.evaluation.pytest_plugin"
    }
    assert not {"sqlalchemy", "pydantic", "orjson", "wrapt"} & sys.modules.keys()
""")

    result = run()

    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*evaluations*")
