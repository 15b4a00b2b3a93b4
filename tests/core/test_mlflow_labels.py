"""Facts that code written for MLflow puts under MLflow's keys are found where ours are."""

from __future__ import annotations

import pytest

import spanloom
from spanloom.errors import FilterError
from spanloom.tracing import TokenUsage
from spanloom.tracing.ingest import ingest_traces
from spanloom.tracing.mlflow_traces import from_mlflow

CONVERSATION = {"mlflow.trace.session": "S1", "mlflow.trace.user": "U1", "version": "3"}


def the_trace() -> spanloom.Trace:
    [trace] = spanloom.search_traces()
    return trace


def found(condition: str) -> list[str]:
    return [trace.info.name for trace in spanloom.search_traces(condition)]


def update_of_the_current_trace() -> None:
    with spanloom.start_span("chat"):
        spanloom.update_current_trace(metadata=CONVERSATION)


def metadata_at_the_start() -> None:
    spanloom.start_span_no_context("chat", metadata=CONVERSATION).end()


def context_around() -> None:
    with (
        spanloom.tracing_context(session_id="outer", user="outer"),
        spanloom.tracing_context(metadata=CONVERSATION),
        spanloom.start_span("chat"),
    ):
        pass


@pytest.mark.usefixtures("store_url")
@pytest.mark.parametrize("record", [update_of_the_current_trace, metadata_at_the_start, context_around])
def test_mlflows_metadata_says_session_and_user(record: object) -> None:
    record()
    info = the_trace().info
    assert (info.session_id, info.user) == ("S1", "U1")
    assert info.trace_metadata == CONVERSATION
    for column, value in (("session", "S1"), ("user", "U1"), ("metadata.`mlflow.trace.session`", "S1")):
        assert found(f"{column} = '{value}'") == ["chat"]
        assert found(f"{column} = 'other'") == []
    [group] = spanloom.get_statistics(group_by="session").groups
    assert group.name == "S1"


def test_a_session_that_is_said_in_our_words_goes_before_mlflows() -> None:
    with spanloom.start_span("chat"):
        spanloom.update_current_trace(session_id="ours", metadata=CONVERSATION)
    assert (the_trace().info.session_id, the_trace().info.user) == ("ours", "U1")


@pytest.mark.usefixtures("store_url")
def test_mlflows_attributes_are_known_by_our_names() -> None:
    tools = [{"type": "function", "function": {"name": "add"}}]
    with spanloom.start_span("answer", attributes={"mlflow.llm.model": "gpt-9"}) as span:
        span.set_attribute("mlflow.spanType", "CHAT_MODEL")
        span.set_attributes({"mlflow.llm.provider": "openai", "mlflow.chat.tools": tools, "mlflow.other": 1})
        span.set_attribute("mlflow.spanInputs", {"question": "2 + 2?"})
        span.set_attribute("mlflow.spanOutputs", "4")
        span.set_attribute("mlflow.chat.tokenUsage", {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15})
        span.set_attribute("mlflow.llm.cost", {"input_cost": 0.25, "output_cost": 0.5, "total_cost": 0.75})
    trace = the_trace()
    [span] = trace.data.spans
    assert (span.span_type, span.inputs, span.outputs) == ("CHAT_MODEL", {"question": "2 + 2?"}, "4")
    assert span.attributes == {
        "gen_ai.request.model": "gpt-9",
        "gen_ai.provider.name": "openai",
        "gen_ai.tool.definitions": tools,
        "mlflow.other": 1,
        "gen_ai.usage.input_tokens": 10,
        "gen_ai.usage.output_tokens": 5,
        "gen_ai.usage.total_tokens": 15,
        "spanloom.cost.total": 0.75,
    }
    assert trace.info.token_usage == TokenUsage(10, 5, 15)
    assert trace.info.cost == 0.75
    for condition in (
        "model = 'gpt-9'",
        "span.attributes.`mlflow.llm.model` = 'gpt-9'",
        "span.attributes.`mlflow.llm.provider` = 'openai'",
        "span.attributes.`mlflow.spanType` = 'CHAT_MODEL'",
        "span.attributes.mlflow.other = 1",
        "total_tokens = 15",
    ):
        assert found(condition) == ["answer"], condition


def test_inputs_under_mlflows_key_are_content() -> None:
    spanloom.configure(capture_content=False)
    with spanloom.start_span("answer") as span:
        span.set_attribute("mlflow.spanInputs", "secret")
    assert "secret" not in the_trace().to_json()


def test_usage_in_another_form_is_kept_as_it_is() -> None:
    with spanloom.start_span("answer") as span:
        span.set_attribute("mlflow.chat.tokenUsage", "15 tokens")
        span.set_attribute("mlflow.llm.cost", {"dollars": 1})
    trace = the_trace()
    assert trace.data.spans[0].attributes == {"mlflow.chat.tokenUsage": "15 tokens", "mlflow.llm.cost": {"dollars": 1}}
    assert (trace.info.token_usage, trace.info.cost) == (None, None)


@pytest.mark.usefixtures("store_url")
def test_a_tag_of_mlflow_names_the_trace() -> None:
    with spanloom.start_span("root"), spanloom.start_span("child"):
        spanloom.update_current_trace(tags={"mlflow.traceName": "Refund"})
    assert the_trace().info.name == "Refund"
    assert [span.name for span in the_trace().data.spans] == ["root", "child"]
    assert found("tags.`mlflow.traceName` = 'Refund'") == found("name = 'Refund'") == ["Refund"]


@pytest.mark.usefixtures("store_url")
def test_traces_are_found_by_the_prompts_they_used() -> None:
    for _ in range(2):
        spanloom.register_prompt("team.greet", "Hi")
    spanloom.register_prompt("greet", "Hi")
    for name, prompts in {"a": ("team.greet",), "b": ("team.greet@latest", "greet"), "none": ()}.items():
        with spanloom.start_span(name):
            for prompt in prompts:
                spanloom.load_prompt(prompt, 1 if name == "a" else None)
    assert found("prompt = 'team.greet/1'") == ["a"]
    assert found("prompt = 'team.greet/2' AND prompt = 'greet/1'") == ["b"]
    assert found("attributes.prompt = 'team.greet'") == found("prompt IN ('greet/1', 'team.greet/1')") == ["b", "a"]
    assert found("prompt != 'greet/1'") == found("NOT prompt = 'greet'") == ["none", "a"]
    assert found("prompt IS NULL") == ["none"]
    assert found("prompt = 'team_greet/1'") == found("prompt = 'greet/2'") == found("prompt = 'gree'") == []
    with pytest.raises(FilterError, match="has no LIKE: expected =, !=, IN or IS NULL"):
        found("prompt LIKE 'greet%'")


def test_prompts_of_traces_that_mlflow_wrote_are_found() -> None:
    linked = '[{"name": "greet", "version": "1"}]'
    with spanloom.start_span("root") as span:
        span.set_attribute("mlflow.linkedPrompts", [{"name": "greet", "version": "1"}])
    trace = the_trace()
    assert trace.data.spans[0].attributes["spanloom.linked_prompts"] == [{"name": "greet", "version": "1"}]
    written = {
        "info": {
            "trace_id": "tr-" + "1" * 32,
            "trace_location": {"mlflow_experiment": {"experiment_id": "0"}},
            "request_time": "2026-01-01T00:00:00Z",
            "state": "OK",
            "tags": {"mlflow.linkedPrompts": linked, "mlflow.traceName": "chat"},
        },
        "data": {"spans": []},
    }
    ingest_traces([from_mlflow(written)])
    assert found("prompt = 'greet/1'") == found("tags.`mlflow.linkedPrompts` LIKE '%greet%'") == ["chat"]
