from __future__ import annotations

import json

import pytest

import spanloom


@pytest.fixture
def two_traces() -> list[str]:
    ids = []
    for name in ("first", "second"):
        with spanloom.start_span(name) as span:
            span.set_inputs(f"words of the {name}")
        ids.append(span.trace_id)
    spanloom.flush()
    return ids


def ids_of(result) -> list[str]:
    assert result.exit_code == 0, result.output
    return [info["trace_id"] for info in json.loads(result.stdout)]


def test_search_and_list_take_a_filter(two_traces, invoke):
    assert ids_of(invoke("traces", "search", "text MATCH 'second'", "--json")) == two_traces[1:]
    assert ids_of(invoke("traces", "list", "--filter", "name LIKE '%'", "--order-by", "name", "--json")) == two_traces
    assert "fits" in invoke("traces", "search", "name = 'third'").stdout


def test_a_mistake_is_pointed_at_and_exits_with_one(two_traces, run_spanloom):
    finished = run_spanloom("traces", "search", "nmae = 'x'")
    assert finished.returncode == 1
    assert finished.stderr.endswith("did you mean name? (at character 1)\n  nmae = 'x'\n  ^^^^\n")


def test_traces_are_deleted_when_somebody_says_yes(two_traces, run_spanloom):
    finished = run_spanloom("traces", "delete", "--filter", "name = 'first'", "--yes", "--json")
    assert json.loads(finished.stdout) == {"deleted": 1}
    assert run_spanloom("traces", "delete", "--older-than", "1d", "-y").stdout == "0 traces deleted\n"
    assert run_spanloom("traces", "delete", two_traces[1], "-y").stdout == "1 trace deleted\n"
    assert run_spanloom("traces", "delete").returncode == 2
    assert run_spanloom("traces", "delete", "--older-than", "soon", "-y").returncode == 2
    assert spanloom.search_traces() == []


def test_an_empty_filter_deletes_nothing(two_traces, run_spanloom):
    for arguments in ((), ("--experiment", "Default"), ("--older-than", "0h")):
        refused = run_spanloom("traces", "delete", "--filter", "", *arguments, "--yes")
        assert refused.returncode == 2
        assert "it is empty: that would be every trace" in refused.stderr
    assert len(spanloom.search_traces()) == 2


def test_vacuum_tells_the_sizes(two_traces, invoke):
    sizes = json.loads(invoke("store", "vacuum", "--json").stdout)
    assert sizes["bytes_after"] > 0
    assert "MiB now" in invoke("store", "vacuum").stdout
