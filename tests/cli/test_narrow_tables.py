"""However narrow the terminal: which one it is, what it is called, and whether it went well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import spanloom

Lines = Callable[..., list[str]]


@pytest.fixture(params=[60, 80])
def width(request: pytest.FixtureRequest) -> int:
    return request.param


@pytest.fixture
def lines(run_spanloom: Callable[..., Any], width: int) -> Lines:
    """What a terminal of this width shows, line by line."""

    def shown(*arguments: str) -> list[str]:
        from rich.text import Text

        done = run_spanloom(*arguments, FORCE_COLOR="1", COLUMNS=str(width))
        assert (done.returncode, done.stderr) == (0, "")
        found = [line.rstrip() for line in Text.from_ansi(done.stdout).plain.splitlines()]
        assert max(map(len, found)) <= width
        return found

    return shown


def test_runs_keep_their_names_and_states(lines: Lines) -> None:
    spanloom.set_experiment("customer-support/nightly-regression")
    for name in ("retrieval-v2-with-reranker", "brave-otter-412"):
        with spanloom.start_run(run_name=name) as run:
            spanloom.log_metrics({"accuracy": 0.912345, "faithfulness/mean": 0.5, "latency_seconds": 1.25, "cost": 3})
    header, newest, older, absent = lines("runs", "list")
    assert header.split()[:2] == ["ID", "WHEN"]
    assert newest.startswith(f"{run.info.run_id[:16]}  just now  ✓  ")
    assert "  brave-otter-412" in newest
    assert "✓" in older
    assert "  retrieval-v2-with-" in older
    assert absent.startswith("--json shows ")
    assert "EXPERIMENT" in absent
    assert "EXPERIMENT" not in header


def test_the_first_metric_is_shown_before_the_experiment(lines: Lines, width: int) -> None:
    spanloom.set_experiment("customer-support/nightly-regression")
    with spanloom.start_run(run_name="brave-otter-412"):
        spanloom.log_metrics({"accuracy": 0.912345, "latency_seconds": 1.25})
    header, run, *_ = lines("runs", "list")
    assert "accuracy" in header
    assert "0.912345" in run
    assert "…" not in header


def test_traces_keep_their_states_and_what_was_asked(lines: Lines) -> None:
    with spanloom.start_span("travel_planner", spanloom.SpanType.AGENT) as span:
        span.set_inputs({"messages": [{"role": "user", "content": "What is the weather in Paris tomorrow?"}]})
        span.set_token_usage(spanloom.TokenUsage(input_tokens=120_000, output_tokens=5))
        span.set_status("ERROR")
    spanloom.flush()
    header, trace, *_ = lines("traces", "list")
    assert trace.startswith(f"{span.trace_id[:16]}  just now  ✗  ")
    assert "  travel_planner  What is" in trace
    assert header.endswith("ASKED")


def test_evaluations_keep_their_names_states_and_first_metric(lines: Lines) -> None:
    @spanloom.scorer
    def right(outputs: str) -> bool:
        return outputs == "x"

    result = spanloom.evaluate([{"inputs": {"q": "1"}}, {"inputs": {"q": "2"}}], [right], lambda q: "y")
    (evaluation,) = lines("evaluations", "list")[1:2]
    assert evaluation.startswith(f"{result.run_id[:16]}  ")
    assert "✗" in evaluation
    assert result.run_name in evaluation
    assert "right/mean=0" in evaluation


def test_prompts_keep_their_names_and_versions(lines: Lines) -> None:
    tags = {"owner": "somebody@example.com", "team": "support"}
    spanloom.register_prompt("support-system-prompt", "Hello {{name}}", tags=tags)
    spanloom.set_prompt_alias("support-system-prompt", "production", 1)
    _, prompt, *_ = lines("prompts", "list")
    assert prompt.split()[:2] == ["support-system-prompt", "1"]
    assert "production=1" in prompt


def test_groups_of_statistics_keep_their_names(lines: Lines) -> None:
    with spanloom.start_span("support_supervisor", spanloom.SpanType.AGENT) as span:
        span.set_token_usage(spanloom.TokenUsage(input_tokens=120_000, output_tokens=5_000))
    spanloom.flush()
    assert any(line.startswith("support_supervi") for line in lines("stats", "--by", "agent"))


def test_a_pipe_gets_every_metric(run_spanloom: Callable[..., Any]) -> None:
    with spanloom.start_run(run_name="many"):
        spanloom.log_metrics({f"metric_{number}": number for number in range(30)})
    header = run_spanloom("runs", "list").stdout.splitlines()[0]
    assert "metric_29" in header
