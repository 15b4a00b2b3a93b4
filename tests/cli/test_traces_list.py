from __future__ import annotations

import json
from pathlib import Path

import pytest

import spanloom


@pytest.fixture
def three_traces() -> list[str]:
    """Their ids, oldest first."""
    ids = []
    for number, experiment in enumerate(["first", "second", "second"]):
        spanloom.set_experiment(experiment)
        with spanloom.start_span(f"agent_{number}", spanloom.SpanType.AGENT) as span:
            span.set_inputs({"messages": [{"role": "user", "content": f"question\n{number}"}]})
            span.set_token_usage(spanloom.TokenUsage(input_tokens=1000, output_tokens=number))
        ids.append(span.trace_id)
    spanloom.flush()
    return ids


def test_traces_are_listed_newest_first_with_full_ids_and_one_line_each(three_traces, run_spanloom):
    finished = run_spanloom("traces", "list")
    assert finished.returncode == 0
    assert finished.stderr == ""
    header, *lines = finished.stdout.splitlines()
    assert header.split() == ["ID", "STARTED", "STATE", "TIME", "TOKENS", "NAME", "ASKED"]
    assert [line.split()[0] for line in lines] == three_traces[::-1]
    assert lines[0].endswith("1,002  agent_2  question 2")
    assert "\x1b" not in finished.stdout


def test_limit_and_experiment_narrow_the_list(three_traces, invoke):
    assert len(json.loads(invoke("traces", "list", "-n", "2", "--json").stdout)) == 2
    found = json.loads(invoke("traces", "list", "--experiment", "first", "--json").stdout)
    assert [info["trace_id"] for info in found] == three_traces[:1]


def test_json_gives_the_facts_of_each_trace(three_traces, run_spanloom):
    found = json.loads(run_spanloom("traces", "list", "--json").stdout)
    expected = [trace.to_dict()["info"] for trace in spanloom.search_traces()]
    assert found == expected


def test_a_trace_that_still_runs_is_listed(invoke):
    with spanloom.start_span("outer"):
        with spanloom.start_span("inner"):
            pass
        result = invoke("traces", "list")
    assert "IN_PROGRESS" in result.stdout


def test_an_empty_store_is_a_friendly_line(invoke, store: Path):
    result = invoke("traces", "list")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"No traces yet in {store}. `spanloom demo --store sqlite:///{store}` makes one.\n"


def test_an_empty_list_is_an_empty_json_list(invoke):
    assert json.loads(invoke("traces", "list", "--json").stdout) == []


def test_a_missing_store_is_named_and_not_made(run_spanloom, tmp_path: Path):
    missing = tmp_path / "missing.db"
    finished = run_spanloom("traces", "list", "--store", f"sqlite:///{missing}")
    assert finished.returncode == 1
    assert finished.stdout == ""
    assert finished.stderr.startswith(f"Error: there is no trace store at {missing} yet. `spanloom demo --store")
    assert not missing.exists()


def test_the_default_store_needs_no_option_in_the_hint(run_spanloom, tmp_path: Path):
    finished = run_spanloom("traces", "list", SPANLOOM_STORE="sqlite:///./spanloom.db")
    assert f"no trace store at {tmp_path / 'folder' / 'spanloom.db'} yet. `spanloom demo` makes one" in finished.stderr


@pytest.mark.parametrize(
    ("store_url", "message"),
    [("traces.db", "'traces.db' names no trace store"), ("mongodb://x", "'mongodb://x' names no trace store")],
)
def test_a_url_of_no_store_is_an_error_without_traceback(run_spanloom, store_url: str, message: str):
    finished = run_spanloom("traces", "list", "--store", store_url)
    assert finished.returncode == 1
    assert finished.stderr.startswith(f"Error: {message}")
    assert "Traceback" not in finished.stderr


def test_a_corrupt_store_is_an_error_and_left_untouched(run_spanloom, tmp_path: Path):
    corrupt = tmp_path / "corrupt.db"
    corrupt.write_bytes(b"this is no database" * 100)
    finished = run_spanloom("traces", "list", SPANLOOM_STORE=f"sqlite:///{corrupt}")
    assert finished.returncode == 1
    assert "is not a readable SQLite database" in finished.stderr
    assert "Traceback" not in finished.stderr
    assert corrupt.read_bytes() == b"this is no database" * 100


@pytest.mark.parametrize("arguments", [("--limit", "0"), ("--limit", "many"), ("--nonsense",)])
def test_a_usage_mistake_exits_with_two(invoke, arguments: tuple[str, ...]):
    assert invoke("traces", "list", *arguments).exit_code == 2
