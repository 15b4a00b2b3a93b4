"""The pytest plugin: agents tested with rows of data, scores, cassettes and snapshots of traces.

pytest imports this module at every start, also of projects that do not use it. So it imports nothing but pytest.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from spanloom.cassettes import Replay
    from spanloom.evaluation import EvaluationResult, Scorer
    from spanloom.evaluation.pytest_plugin.recorded_traces import RecordedTraces
    from spanloom.evaluation.pytest_plugin.snapshots import TraceSnapshot
    from spanloom.testing import ProviderServer

_NOTES = "spanloom_notes"
"""The attribute of a report that says what was evaluated; pytest-xdist brings it from its workers."""

_found: pytest.StashKey[list[dict[str, Any]]] = pytest.StashKey()
_passed: pytest.StashKey[bool] = pytest.StashKey()
_scorers: pytest.StashKey[dict[str, Sequence[Scorer]]] = pytest.StashKey()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add what the command line can say."""
    group = parser.getgroup("spanloom", "tests of agents (spanloom)")
    group.addoption(
        "--spanloom-record",
        choices=("once", "none", "all"),
        default="none" if os.environ.get("CI") else "once",
        help="Record cassettes that are missing (once), none, or all anew. Default: once; none where CI is set.",
    )
    group.addoption("--spanloom-update-snapshots", action="store_true", help="Write the snapshots of traces anew.")


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest about the marks."""
    config.addinivalue_line(
        "markers",
        "spanloom_eval(data, scorers, pass_criteria=None): give the test each `row` of the data, and score what "
        "it returns; without arguments, a label.",
    )
    config.addinivalue_line(
        "markers",
        "spanloom_cassette(path=None, on_missing='error'): answer calls of models and tools from a record.",
    )
    config.stash[_scorers] = {}
    if not hasattr(config, "workerinput"):  # what a process has that pytest-xdist started
        config.pluginmanager.register(_Reports(), "spanloom_reports")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Make a test of each row."""
    marker = metafunc.definition.get_closest_marker("spanloom_eval")
    if marker is not None and (marker.args or marker.kwargs):
        from spanloom.evaluation.pytest_plugin.rows import parametrize

        parametrize(metafunc, marker)


def pytest_itemcollected(item: pytest.Item) -> None:
    """Let a marked test use its cassette; after its other fixtures, which may switch on autologging."""
    names = getattr(item, "fixturenames", None)
    if names is not None and item.get_closest_marker("spanloom_cassette") is not None and "cassette" not in names:
        names.append("cassette")


@pytest.hookimpl(hookwrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, None]:
    """Score what the test of a row returns; before plugins that run asynchronous tests make it return nothing."""
    marker = item.get_closest_marker("spanloom_eval")
    if marker is None or not marker.kwargs or not isinstance(item, pytest.Function):
        yield
        return
    from spanloom.evaluation.pytest_plugin.row_test import RowTest

    test = RowTest(item, marker.kwargs)
    item.config.stash[_scorers][test.label] = test.scorers
    original, item.obj = item.obj, test.function
    outcome = yield
    item.obj = original
    error = outcome.excinfo[1] if outcome.excinfo is not None else None
    note = test.finish(error)
    if note is not None:
        item.stash.setdefault(_found, []).append(note)
    if error is None and test.failure:
        outcome.force_exception(pytest.fail.Exception(test.failure, pytrace=False))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, Any, None]:
    """Let the report say what was evaluated."""
    outcome = yield
    report = outcome.get_result()
    item.stash[_passed] = report.passed and (report.when == "setup" or item.stash.get(_passed, True))
    notes = item.stash.get(_found, [])
    if notes:
        setattr(report, _NOTES, notes[:])
        notes.clear()


class _Reports:
    """Adds up what the reports say, in the process that prints them."""

    def __init__(self) -> None:
        self._notes: list[dict[str, Any]] = []

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._notes += getattr(report, _NOTES, [])

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, Any, None]:
        outcome = yield
        if self._notes and outcome.excinfo is None:
            from spanloom.evaluation.pytest_plugin.totals import evaluations

            scorers = session.config.stash[_scorers]
            missed = [each for each in evaluations(self._notes, scorers) if each.misses_criteria]
            session.testsfailed += len(missed)  # rows that pass don't make up for the criteria that they miss together

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
        if self._notes:
            from spanloom.evaluation.pytest_plugin.summary import write_summary

            scorers = config.stash[_scorers]
            write_summary(terminalreporter, self._notes, scorers)


@pytest.fixture
def spanloom_traces(tmp_path: Path) -> Iterator[RecordedTraces]:
    """A store of the test's own: a sequence of the traces made in the test so far, the oldest first."""
    from spanloom.evaluation.pytest_plugin.recorded_traces import recorded_traces

    with recorded_traces(tmp_path / "spanloom_traces.db") as traces:
        yield traces


@pytest.fixture
def provider_server() -> Iterator[Callable[..., ProviderServer]]:
    """Start a scripted model server: `provider_server([Reply("Sunny.")]).base_url`; stopped after the test."""
    from contextlib import ExitStack

    from spanloom.testing import ProviderServer

    with ExitStack() as stack:
        yield lambda script=None: stack.enter_context(ProviderServer(script))


@pytest.fixture
def trace_snapshot(request: pytest.FixtureRequest) -> TraceSnapshot:
    """Compare a trace, by default the last, with a file beside the test; `--spanloom-update-snapshots` writes it."""
    from spanloom.evaluation.pytest_plugin.snapshots import TraceSnapshot

    item = request.node
    return TraceSnapshot(
        item.path,
        item.nodeid,
        updates=request.config.getoption("spanloom_update_snapshots"),
        note=item.stash.setdefault(_found, []).append,
    )


@pytest.fixture
def cassette(request: pytest.FixtureRequest) -> Iterator[Replay]:
    """Answer calls of models and tools from a file beside the test, which the first run that passes records."""
    from spanloom.evaluation.pytest_plugin.cassette_files import cassette_of

    item = request.node
    with cassette_of(
        item,
        request.config.getoption("spanloom_record"),
        passed=lambda: item.stash.get(_passed, False),
        note=item.stash.setdefault(_found, []).append,
    ) as report:
        yield report


@pytest.fixture
def spanloom_eval(request: pytest.FixtureRequest) -> Callable[..., EvaluationResult]:
    """Evaluate as `spanloom.evaluate` does; the test fails if that does not pass, and the summary has the metrics."""
    from functools import partial

    from spanloom.evaluation.pytest_plugin.evaluating import evaluate_in

    return partial(evaluate_in, request.node, request.node.stash.setdefault(_found, []).append)
