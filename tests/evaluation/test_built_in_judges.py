from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import spanloom
from spanloom.errors import EvaluationError
from spanloom.evaluation import judges, scorers
from spanloom.evaluation.judges import (
    Completeness,
    ExpectationsGuidelines,
    Fluency,
    Groundedness,
    Guidelines,
    RelevanceToQuery,
    RetrievalGroundedness,
    ToolCallEfficiency,
    make_judge,
)
from spanloom.evaluation.judges.prompts import PROMPTS
from spanloom.testing import ProviderServer, ReceivedRequest, Reply


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ProviderServer]:
    """A model that finds everything good."""

    def answer(_: ReceivedRequest) -> Reply:
        return Reply(json.dumps({"rationale": "good", "result": "yes"}))

    with ProviderServer(answer) as server:
        monkeypatch.setenv("OPENAI_API_KEY", "unused")
        monkeypatch.setenv("OPENAI_BASE_URL", server.base_url)
        yield server


def prompts(server: ProviderServer) -> list[str]:
    return [request.body["messages"][1]["content"] for request in server.requests]


def test_every_judge_scores_a_row_with_its_own_question(server: ProviderServer) -> None:
    @spanloom.trace(span_type="RETRIEVER")
    def look_up(question: str) -> list[dict[str, Any]]:
        return [{"page_content": "Paris is the capital of France.", "metadata": {"source": "france.md"}}]

    @spanloom.trace(span_type="TOOL")
    def search(query: str) -> str:
        if query == "":
            raise ValueError("empty query")
        return "found it"

    @spanloom.trace(span_type="AGENT")
    def agent(question: str) -> str:
        look_up(question)
        with pytest.raises(ValueError, match="empty query"):
            search("")
        return "It is " + search(question)

    data = [
        {
            "inputs": {"question": "Capital?"},
            "expectations": {"expected_response": "Paris", "guidelines": ["Be short", "Be kind"]},
        }
    ]
    all_judges = [
        judges.Correctness(),
        RelevanceToQuery(),
        Groundedness(),
        judges.Safety(),
        Guidelines(guidelines="Be short"),
        ExpectationsGuidelines(),
        Completeness(),
        Fluency(),
        ToolCallEfficiency(),
    ]

    result = spanloom.evaluate(data, all_judges, agent)

    assert result.passed, result.reason
    assert [score.name for score in result.rows[0].scores] == [judge.name for judge in all_judges]
    asked = prompts(server)
    assert len(set(asked)) == len(all_judges)
    assert "<expected>\nParis\n</expected>" in asked[0]
    assert "<context>\nParis is the capital of France.\n</context>" in asked[2]
    assert "<answer>\nIt is found it\n</answer>" in asked[2]
    assert "<guidelines>\nBe short\n</guidelines>" in asked[4]
    assert "<guidelines>\n- Be short\n- Be kind\n</guidelines>" in asked[5]
    assert result.rows[0].scores[5].feedback.metadata["guideline"] == "- Be short\n- Be kind"
    assert (
        '<tool_calls>\n- search({"query":""}) -> error: ValueError: empty query\n'
        '- search({"query":"Capital?"}) -> "found it"\n</tool_calls>'
    ) in asked[8]


def test_the_prompts_of_the_docs_are_those_of_the_judges() -> None:
    named = {name for names in PROMPTS for name in names.split(", ")}
    assert named == set(judges.__all__) - {"Judge", "make_judge"}
    assert named < set(scorers.__all__)
    for name in scorers.__all__:
        assert getattr(scorers, name).__name__ == name


def test_judges_of_traces_read_what_was_asked_and_answered_there(server: ProviderServer) -> None:
    with spanloom.start_span("agent") as span:
        span.set_inputs({"question": "Capital?"})
        with spanloom.start_span("search", span_type="TOOL") as tool:
            tool.set_inputs({"q": "x"})
            tool.set_outputs("Paris")
        span.set_outputs("Paris!")
    trace = spanloom.get_trace(span.trace_id)

    assert RetrievalGroundedness()(trace=trace).name == "retrieval_groundedness"
    assert make_judge("whole", "Is {{ trace }} fine?")(trace=trace).value == "yes"

    grounded, whole = prompts(server)
    assert '<context>\n- search({"q":"x"}) -> "Paris"\n</context>' in grounded
    assert "<answer>\nParis!\n</answer>" in grounded
    assert "\n  - search (TOOL) OK, " in whole
    assert '\n    outputs: "Paris"' in whole


def test_an_agent_that_found_nothing_has_nothing_to_be_grounded_in(server: ProviderServer) -> None:
    with spanloom.start_span("agent") as span:
        span.set_outputs("Paris!")
    trace = spanloom.get_trace(span.trace_id)

    with pytest.raises(EvaluationError, match="neither RETRIEVER nor TOOL spans"):
        Groundedness()(trace=trace)
    efficient = ToolCallEfficiency()(trace=trace)

    assert (efficient.value, efficient.rationale) == ("yes", "No tool was called.")
    assert not server.requests


def test_a_row_without_guidelines_is_told_so(server: ProviderServer) -> None:
    with pytest.raises(EvaluationError, match=r"needs expectations=\{'guidelines'"):
        ExpectationsGuidelines()(inputs={}, outputs="x", expectations={"expected_response": "y"})
