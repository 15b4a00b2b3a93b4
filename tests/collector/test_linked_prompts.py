from __future__ import annotations

import json

import pytest

import spanloom
from spanloom.otlp.semantic_conventions import semantic_attributes
from spanloom.prompts import linked_traces_filter

LINKED = "spanloom.linked_prompts"
USED = [{"name": "greet", "version": "1"}]


def test_a_trace_of_ours_keeps_its_prompts_over_otlp(send, otlp_span, the_trace, the_span, tmp_path, store):
    spanloom.configure(store=f"sqlite:///{tmp_path}/agent.db")
    spanloom.register_prompt("greet", "Hi")
    with spanloom.tracing_context(tags={"shape": '{"a": [1]}'}), spanloom.start_span("agent") as span:
        spanloom.load_prompt("greet")
    spanloom.flush()
    facts = semantic_attributes(span, span.active_trace)
    spanloom.configure(store=f"sqlite:///{store}")
    send(otlp_span(1, facts=facts), scope="spanloom")
    assert the_trace().info.tags == span.active_trace.tags
    assert the_span().attributes[LINKED] == USED
    assert len(spanloom.search_traces(linked_traces_filter("greet", 1))) == 1


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_a_trace_of_mlflow_is_linked_in_our_words(send, otlp_span, the_span, separators):
    used = json.dumps(USED, separators=separators)
    facts = {"mlflow.spanType": '"AGENT"', "mlflow.linkedPrompts": used, "mlflow.traceTag.mlflow.linkedPrompts": used}
    send(otlp_span(1, facts=facts))
    assert the_span().attributes[LINKED] == USED
    assert len(spanloom.search_traces(linked_traces_filter("greet", 1))) == 1
    assert len(spanloom.search_traces(linked_traces_filter("greet", 2))) == 0
