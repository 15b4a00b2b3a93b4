from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

import spanloom
from spanloom.cli.sparkline import bar, sparkline
from spanloom.cli.statistics_page import group_table


@pytest.fixture
def three_traces() -> None:
    for name in ("planner", "planner", "a writer with a rather long name that no table has room for"):
        with (
            spanloom.start_span(name),
            spanloom.start_span("chat", "CHAT_MODEL", {"gen_ai.request.model": "m"}) as chat,
        ):
            chat.set_token_usage(spanloom.TokenUsage(1200, 30))
            chat.set_status("ERROR", "no")
    spanloom.flush()


def test_totals_and_tables_by_agent_model_and_tool_are_printed(three_traces, run_spanloom):
    finished = run_spanloom("stats")
    assert (finished.returncode, finished.stderr) == (0, "")
    lines = finished.stdout.splitlines()
    assert lines[0] == "3 traces · 0 errors (0.0%) · 3,690 tokens: 3,600 → 90"
    assert lines[1].startswith("latency  p50 ")
    [agents] = [number for number, line in enumerate(lines) if line.startswith("AGENT")]
    assert lines[agents].split() == ["AGENT", "TRACES", "ERRORS", "IN", "OUT", "P50", "P90", "P95", "P99", "MAX"]
    assert lines[agents + 1].split()[:5] == ["planner", "2", "-", "2,400", "60"]
    [models] = [number for number, line in enumerate(lines) if line.startswith("MODEL")]
    assert lines[models + 1].split()[:5] == ["m", "3", "3", "3,600", "90"]


def test_one_table_by_what_is_asked_for_as_json(three_traces, invoke):
    document = json.loads(
        invoke("stats", "--by", "agent", "--filter", "name = 'planner'", "--since", "1h", "--json").stdout
    )
    assert document["total"]["count"] == 2
    [group] = document["groups"]["agent"]
    assert (group["name"], group["count"], group["total_tokens"]) == ("planner", 2, 2460)
    assert sum(bucket["count"] for bucket in document["series"]) == 2
    assert document["more_groups"] == {"agent": 0}


def test_nothing_to_count_is_said(three_traces, invoke):
    result = invoke("stats", "--filter", "name = 'nobody'")
    assert (result.exit_code, result.stdout.endswith(" fits.\n")) == (0, True)


def test_mistakes_exit_with_one_and_wrong_usage_with_two(three_traces, run_spanloom):
    assert run_spanloom("stats", "--filter", "nmae = 'x'").returncode == 1
    assert run_spanloom("stats", "--since", "soon").returncode == 2
    assert run_spanloom("stats", "--since", "99999999999999w").returncode == 2
    assert run_spanloom("stats", "--by", "colour").returncode == 2


@pytest.mark.parametrize("width", [80, 120])
def test_the_table_fits_the_terminal(three_traces, width: int):
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None)
    console.print(group_table("agent", spanloom.get_statistics(group_by="agent"), console))
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == 3
    assert max(map(len, lines)) <= width
    assert "1.2k" in lines[2]


def test_charts_are_drawn_to_scale():
    assert sparkline([0, 1, None, 0.1, 4, 8]) == " ▂ ▁▅█"
    assert sparkline([0, 0]) == "  "
    assert (bar(0.5, 5), bar(0, 5), bar(2, 3)) == ("██▌", "", "███")
