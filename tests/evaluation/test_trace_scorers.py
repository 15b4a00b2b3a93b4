from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import spanloom
from spanloom import Trace
from spanloom.errors import EvaluationError
from spanloom.evaluation.scorers import (
    CostBudget,
    LatencyBudget,
    NoError,
    RetrievalPrecision,
    RetrievalRecall,
    TokenBudget,
    ToolCallCorrectness,
    ToolCallOrder,
)
from spanloom.evaluation.tool_calls import ToolCall, called_tools
from spanloom.testing import ProviderServer, Reply
from spanloom.testing import ToolCall as Asked

PARIS = {"name": "get_weather", "arguments": {"city": "Paris"}}
OSLO = {"name": "get_weather", "arguments": {"city": "Oslo"}}


@spanloom.trace(span_type="TOOL")
def get_weather(city: str, unit: str = "C") -> str:
    if city == "Atlantis":
        raise ValueError("no such city")
    return f"sunny in {city}, in {unit}"


@spanloom.trace(span_type="TOOL")
def add(a: int, b: int) -> int:
    return a + b


def traced(work: Callable[[], Any]) -> Trace:
    with spanloom.start_span("agent", span_type="AGENT") as span:
        work()
    return spanloom.get_trace(span.trace_id)


def calls() -> None:
    get_weather("Paris")
    add(1, 2)
    get_weather("Oslo")


@pytest.mark.parametrize(
    ("expected", "options", "value"),
    [
        ([OSLO, PARIS], {}, "yes"),
        ([OSLO, PARIS], {"should_consider_ordering": True}, "no"),
        ([PARIS, OSLO], {"should_consider_ordering": True}, "yes"),
        (["add"], {}, "yes"),
        ([{"name": "get_weather"}, PARIS], {}, "yes"),
        ([PARIS, PARIS], {}, "no"),
        ([PARIS, OSLO], {"should_exact_match": True}, "no"),
        ([], {"should_exact_match": True}, "no"),
        ([{"function": {"name": "add", "arguments": '{"b": 2, "a": 1}'}}], {}, "yes"),
        (["get_weather", "get_weather", "add"], {"should_exact_match": True}, "yes"),
        (["get_weather", "get_weather", "add"], {"should_exact_match": True, "should_consider_ordering": True}, "no"),
        (["get_weather", "add", "get_weather"], {"should_exact_match": True, "should_consider_ordering": True}, "yes"),
    ],
)
def test_expected_tool_calls(expected: Any, options: Any, value: str) -> None:
    said = ToolCallCorrectness(**options)(trace=traced(calls), expectations={"expected_tool_calls": expected})
    assert said.value == value, said.rationale


def test_exact_arguments_leave_no_room_for_others() -> None:
    trace = traced(lambda: get_weather("Paris", unit="F"))
    expectations = {"tool_calls": [PARIS]}
    assert ToolCallCorrectness()(trace=trace, expectations=expectations).value == "yes"
    said = ToolCallCorrectness(should_exact_match=True)(trace=trace, expectations=expectations)
    call = 'get_weather({"city":"Paris","unit":"F"})'
    assert said.rationale == f'Missing: get_weather({{"city":"Paris"}}); Not expected: {call}; Called: {call}.'


def test_the_order_of_tools() -> None:
    trace = traced(calls)
    assert ToolCallOrder()(trace=trace, expectations={"expected_tool_calls": ["get_weather", "add"]}).value == "yes"
    said = ToolCallOrder()(trace=trace, expectations={"expected_tool_calls": ["add", "add"]})
    assert said.rationale == "Expected add, add; add did not follow. Called: get_weather, add, get_weather."


@pytest.mark.parametrize("expectations", [{}, {"expected_tool_calls": [{"tool": "add"}]}])
def test_expectations_that_are_no_tool_calls_are_told_how_to_be(expectations: Any) -> None:
    with pytest.raises(EvaluationError, match="'name': …"):
        ToolCallCorrectness()(trace=traced(calls), expectations=expectations)


def test_calls_that_nobody_ran_are_those_that_the_model_asked_for() -> None:
    openai = pytest.importorskip("openai")
    spanloom.autolog("openai")
    script = [Reply(tool_calls=[Asked("get_weather", {"city": "Paris"}), Asked("add", {"a": 1, "b": 2})])]
    with ProviderServer(script) as server, openai.OpenAI(base_url=server.base_url, api_key="unused") as client:
        ask = client.chat.completions.create
        trace = traced(lambda: ask(model="gpt-5-mini", messages=[{"role": "user", "content": "Weather?"}]))
    assert called_tools(trace) == [ToolCall("get_weather", {"city": "Paris"}), ToolCall("add", {"a": 1, "b": 2})]


def test_tools_of_a_graph_are_each_counted_once_however_they_are_traced() -> None:
    agents = pytest.importorskip("langchain.agents")
    chat = pytest.importorskip("langchain_openai")
    spanloom.autolog("langchain")

    @spanloom.trace(span_type="TOOL")
    def get_weather(city: str) -> str:
        """Tell the weather."""
        return f"sunny in {city}"

    both = [Asked("get_weather", {"city": "Paris"}, "1"), Asked("get_weather", {"city": "Oslo"}, "2")]
    with ProviderServer([Reply(tool_calls=both), Reply("Sunny in both.")]) as server:
        options = {"base_url": server.base_url, "api_key": "unused", "stream_usage": True}
        model = chat.ChatOpenAI(model="gpt-5-mini", **options)
        data = [
            {"inputs": {"input": "Weather in Paris and Oslo?"}, "expectations": {"expected_tool_calls": [OSLO, PARIS]}}
        ]
        scorers = [ToolCallCorrectness(should_exact_match=True), NoError(), TokenBudget(max_tokens=10_000)]
        result = spanloom.evaluate(data, scorers, agents.create_agent(model, [get_weather]))
    assert result.passed, result.reason


def test_documents_of_retrievers() -> None:
    retrievers = pytest.importorskip("langchain_core.retrievers")
    documents = pytest.importorskip("langchain_core.documents")
    spanloom.autolog("langchain")

    class Shelf(retrievers.BaseRetriever):  # type: ignore[misc,name-defined]
        def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Any]:
            names = ["cats.md", "dogs.md", "cars.md", "fish.md"]
            return [documents.Document(f"About {name}", metadata={"source": name}) for name in names]

    trace = traced(lambda: Shelf().invoke("pets"))
    expectations = {"expected_documents": ["cats.md", "About fish.md", {"doc_uri": "birds.md"}]}
    assert RetrievalPrecision()(trace=trace, expectations=expectations).value == 0.5
    assert RetrievalPrecision(k=1)(trace=trace, expectations=expectations).value == 1.0
    recall = RetrievalRecall()(trace=trace, expectations=expectations)
    assert recall.value == pytest.approx(2 / 3)
    assert recall.rationale == "2 of 3 expected documents were retrieved; missing: 'birds.md'."
    assert RetrievalRecall(k=2)(trace=trace, expectations=expectations).value == pytest.approx(1 / 3)


def test_a_trace_without_documents_has_precision_and_recall_0() -> None:
    expectations = {"expected_retrieved_context": [{"doc_uri": "cats.md"}]}
    for scorer in (RetrievalPrecision(), RetrievalRecall()):
        assert scorer(trace=traced(calls), expectations=expectations).value == 0.0
    with pytest.raises(EvaluationError, match="expected_documents"):
        RetrievalRecall()(trace=traced(calls), expectations={})


def test_budgets_of_tokens_and_money() -> None:
    def work() -> None:
        with spanloom.start_span("chat", span_type="CHAT_MODEL") as span:
            span.set_attributes({"gen_ai.usage.input_tokens": 120, "gen_ai.usage.output_tokens": 30})
            span.set_attribute("spanloom.cost.total", 0.002)

    trace = traced(work)
    said = TokenBudget(max_tokens=149)(trace=trace)
    assert (said.value, said.rationale) == ("no", "120 input + 30 output = 150 tokens of at most 149.")
    assert TokenBudget(max_tokens=150)(trace=trace).value == "yes"
    assert CostBudget(max_cost=0.002)(trace=trace).rationale == "$0.002 of at most $0.002."
    assert CostBudget(max_cost=0.001)(trace=trace).value == "no"


def test_a_budget_that_cannot_be_checked_is_an_error() -> None:
    trace = traced(calls)
    with pytest.raises(EvaluationError, match="no span of the trace reports tokens"):
        TokenBudget(max_tokens=1)(trace=trace)
    with pytest.raises(EvaluationError, match="the price of no model call"):
        CostBudget(max_cost=1)(trace=trace)


def test_the_budget_of_time_is_that_of_the_root_span() -> None:
    trace = traced(calls)
    milliseconds = trace.info.execution_duration
    assert milliseconds is not None
    assert LatencyBudget(max_seconds=3600)(trace=trace).value == "yes"
    assert (
        LatencyBudget(max_seconds=3600)(trace=trace).rationale == f"Took {milliseconds / 1000:.3f} s of at most 3600 s."
    )


def test_an_error_that_the_agent_recovered_from_is_named() -> None:
    def work() -> None:
        with pytest.raises(ValueError, match="no such city"):
            get_weather("Atlantis")

    said = NoError()(trace=traced(work))
    assert (said.value, said.rationale) == ("no", "get_weather (TOOL): 'ValueError: no such city'")


def test_without_a_trace_the_row_has_an_error_that_says_so() -> None:
    spanloom.configure(enabled=False)
    result = spanloom.evaluate([{"inputs": {"q": "a"}}], [NoError()], lambda q: q)
    error = result.rows[0].scores[0].feedback.error
    assert error is not None
    assert "turn tracing on" in str(error.error_message)
    assert not result.passed
