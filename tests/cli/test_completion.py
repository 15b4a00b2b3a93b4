from __future__ import annotations

import pytest

import spanloom


@pytest.fixture
def complete(run_spanloom):
    """Ask as zsh does for what may follow; the last word is the one being written."""

    def ask(*words: str) -> str:
        finished = run_spanloom(_SPANLOOM_COMPLETE="complete_zsh", _TYPER_COMPLETE_ARGS=" ".join(("spanloom", *words)))
        assert (finished.returncode, finished.stderr) == (0, "")
        return finished.stdout

    return ask


@pytest.fixture
def trace_id() -> str:
    spanloom.set_experiment("travel")
    with spanloom.start_span("agent") as span:
        pass
    spanloom.flush()
    return span.trace_id


def test_commands_are_proposed(complete):
    proposed = complete("traces", "ta")
    assert "tail" in proposed
    assert "list" not in proposed


def test_ids_are_proposed_with_their_names(complete, trace_id: str):
    proposed = complete("traces", "show", trace_id[:6])
    assert trace_id in proposed
    assert "agent" in proposed
    assert "last" in complete("traces", "show", "la")


def test_assessments_of_the_named_trace_are_proposed(complete, trace_id: str):
    said = spanloom.log_feedback(trace_id, "helpful", value=True)
    proposed = complete("traces", "assessment", "delete", "last", "a-")
    assert str(said.assessment_id) in proposed


def test_experiments_and_filter_columns_are_proposed(complete, trace_id: str):
    assert "travel" in complete("traces", "list", "--experiment", "tr")
    proposed = complete("stats", "--filter", "dur")
    assert "duration_ms" in proposed
    assert "session" not in proposed
    assert "duration_ms" not in complete("stats", "--filter", "\"name = 'dur")


def test_stores_are_proposed(complete, tmp_path):
    (tmp_path / "folder" / "mine.db").touch()
    assert "sqlite///mine.db" in complete("stats", "--store", "sqlite").replace(":", "").replace("\\", "")


def test_without_a_store_nothing_is_proposed_and_none_is_made(complete, trace_id: str, tmp_path):
    assert trace_id not in complete("traces", "show", "--store", f"sqlite:///{tmp_path}/none.db", "0")
    assert not (tmp_path / "none.db").exists()
    assert trace_id in complete("traces", "show", "0")


def test_the_script_for_the_shell_is_printed(run_spanloom):
    finished = run_spanloom(_SPANLOOM_COMPLETE="source_bash")
    assert "_spanloom_completion" in finished.stdout
