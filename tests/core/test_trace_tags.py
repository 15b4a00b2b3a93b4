"""Tags of traces that were recorded already."""

from __future__ import annotations

import pytest

import spanloom
from spanloom.errors import NotFoundError

pytestmark = pytest.mark.usefixtures("store_url")


@pytest.fixture
def trace_id() -> str:
    with spanloom.start_span("chat") as span:
        spanloom.update_current_trace(tags={"env": "dev", "team": "a"})
    return span.trace_id


def tags(trace_id: str) -> dict[str, str]:
    trace = spanloom.get_trace(trace_id)
    assert trace is not None
    return trace.info.tags


def found(condition: str) -> int:
    return len(spanloom.search_traces(condition))


def test_a_tag_of_a_stored_trace_is_set_found_and_deleted(trace_id: str) -> None:
    spanloom.set_trace_tag(trace_id, "env", "prod")
    spanloom.set_trace_tag(f"tr-{trace_id}", 'odd "key".é', 3)
    assert tags(trace_id) == {"env": "prod", "team": "a", 'odd "key".é': "3"}
    assert (found("tags.env = 'prod'"), found("tags.env = 'dev'")) == (1, 0)
    spanloom.delete_trace_tag(trace_id, "env")
    spanloom.delete_trace_tag(trace_id, 'odd "key".é')
    assert tags(trace_id) == {"team": "a"}
    assert (found("tags.env = 'prod'"), found("tags.env IS NULL"), found("tags.team = 'a'")) == (0, 1, 1)


def test_other_traces_keep_their_tags(trace_id: str) -> None:
    with spanloom.start_span("other"):
        spanloom.update_current_trace(tags={"env": "dev"})
    spanloom.set_trace_tag(trace_id, "env", "prod")
    assert [trace.info.name for trace in spanloom.search_traces("tags.env = 'dev'")] == ["other"]
    assert spanloom.delete_traces([trace_id]) == 1
    assert [trace.info.name for trace in spanloom.search_traces()] == ["other"]


def test_the_trace_that_is_active_is_tagged() -> None:
    with spanloom.start_span("chat") as span:
        spanloom.set_trace_tag(span.trace_id, "env", "dev")
        with spanloom.start_span("inner"):
            spanloom.set_trace_tag(span.trace_id, "team", "a")
            spanloom.delete_trace_tag(span.trace_id, "env")
    assert tags(span.trace_id) == {"team": "a"}


def test_what_is_not_there_is_told(trace_id: str) -> None:
    with pytest.raises(NotFoundError, match="has no tag 'nmae'; it has env, team"):
        spanloom.delete_trace_tag(trace_id, "nmae")
    for call in (lambda: spanloom.set_trace_tag("0" * 31 + "1", "a", "b"), lambda: spanloom.delete_trace_tag("x", "a")):
        with pytest.raises(NotFoundError, match="there is no trace"):
            call()


def test_a_trace_that_is_not_recorded_takes_tags() -> None:
    with spanloom.tracing_disabled(), spanloom.start_span("off") as span:
        spanloom.set_trace_tag(span.trace_id, "env", "dev")
        spanloom.delete_trace_tag(span.trace_id, "env")
    assert spanloom.search_traces() == []


def test_a_tag_is_redacted(trace_id: str) -> None:
    spanloom.configure(redact=[spanloom.EMAILS])
    spanloom.set_trace_tag(trace_id, "who", "ada@example.com")
    assert "ada@example.com" not in tags(trace_id)["who"]


def test_mlflows_tag_renames_a_stored_trace(trace_id: str) -> None:
    spanloom.set_trace_tag(trace_id, "mlflow.traceName", "Refund")
    [trace] = spanloom.search_traces("tags.`mlflow.traceName` = 'Refund' AND name = 'Refund'")
    assert trace.info.name == "Refund"
    spanloom.set_trace_tag(trace_id, "mlflow.traceName", "x" * 5000)
    assert spanloom.search_traces("name LIKE 'xxx%'")[0].info.tags["mlflow.traceName"] == "x" * 5000
