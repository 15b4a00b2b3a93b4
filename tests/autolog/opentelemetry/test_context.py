"""Where spans stand, and what becomes of those that are not of the GenAI conventions, or never end."""

from __future__ import annotations

import threading

import pytest
from inline_snapshot import snapshot
from openai import OpenAI
from opentelemetry import context, trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

import spanloom
from spanloom.testing import ProviderServer, Reply, Usage, outline
from spanloom.tracing.context import _resolvers
from spanloom_autolog.opentelemetry import SpanloomSpanProcessor


def test_both_kinds_of_spans_nest_in_each_other(tracer, the_trace):
    with (
        spanloom.start_span("request"),
        tracer.start_as_current_span("invoke_agent weather"),
        tracer.start_as_current_span("execute_tool get_weather"),
        spanloom.start_span("look it up"),
        tracer.start_as_current_span("invoke_agent helper"),
        tracer.start_as_current_span("chat gpt-5"),
    ):
        pass
    assert spanloom.get_current_active_span() is None
    assert outline(the_trace()) == snapshot("""\
UNKNOWN request
  AGENT weather
    TOOL get_weather
      UNKNOWN look it up
        AGENT helper
          CHAT_MODEL chat gpt-5\
""")


def test_a_clients_plugin_adds_to_the_model_span(tracer, the_trace):
    spanloom.autolog("openai")
    with ProviderServer([Reply("hi", usage=Usage(7, 3))]) as server, tracer.start_as_current_span("chat gpt-5"):
        client = OpenAI(base_url=server.base_url, api_key="unused", max_retries=0)
        client.chat.completions.create(model="gpt-5", messages=[{"role": "user", "content": "hi"}])
        client.close()
    assert outline(the_trace()) == "CHAT_MODEL chat gpt-5 [7+3 tokens]"


def test_a_model_span_adds_to_that_of_a_framework(tracer, the_trace):
    from spanloom.tracing.context import use_span
    from spanloom.tracing.recorder import open_span

    framework = open_span("ChatAcme", "CHAT_MODEL", owner="acme")
    with use_span(framework), tracer.start_as_current_span("chat gpt-5") as span:
        span.set_attributes({"gen_ai.usage.input_tokens": 7, "gen_ai.usage.output_tokens": 3})
    framework.end()
    assert outline(the_trace()) == "CHAT_MODEL ChatAcme [7+3 tokens]"


def test_an_explicit_parent_counts(tracer, the_trace):
    agent = tracer.start_span("invoke_agent weather")
    with tracer.start_as_current_span("chat other", context=context.Context()):
        tracer.start_span("execute_tool get_weather", context=trace.set_span_in_context(agent)).end()
    agent.end()
    trees = sorted(outline(found) for found in spanloom.search_traces())
    assert trees == ["AGENT weather\n  TOOL get_weather", "CHAT_MODEL chat other"]


def test_a_parent_in_another_thread(tracer, the_trace):
    with tracer.start_as_current_span("invoke_agent weather"):
        here = context.get_current()

        def work() -> None:
            token = context.attach(here)
            with tracer.start_as_current_span("execute_tool get_weather"), spanloom.start_span("inside"):
                pass
            context.detach(token)

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
    assert outline(the_trace()) == "AGENT weather\n  TOOL get_weather\n    UNKNOWN inside"


def run_with_other_spans(tracer) -> None:
    with (
        tracer.start_as_current_span("POST /ask"),
        tracer.start_as_current_span("invoke_agent weather"),
        tracer.start_as_current_span("cycle"),
        tracer.start_as_current_span("chat gpt-5"),
    ):
        pass


def test_other_spans_are_kept_inside_of_an_agent_only(tracer, the_trace):
    run_with_other_spans(tracer)
    assert outline(the_trace()) == "AGENT weather\n  UNKNOWN cycle\n    CHAT_MODEL chat gpt-5"


def test_other_spans_can_be_left_out(the_trace):
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SpanloomSpanProcessor(genai_only=True))
    run_with_other_spans(provider.get_tracer("acme"))
    provider.shutdown()
    assert outline(the_trace()) == "AGENT weather\n  CHAT_MODEL chat gpt-5"


def test_what_a_span_is_may_be_told_late(tracer, the_trace):
    with tracer.start_as_current_span("invoke_agent weather"), tracer.start_as_current_span("call_llm") as span:
        span.set_attribute("gen_ai.operation.name", "generate_content")
    assert outline(the_trace()) == "AGENT weather\n  CHAT_MODEL call_llm"


def test_unsampled_spans_are_no_spans_of_ours(processor):
    provider = TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False)
    provider.add_span_processor(processor)
    run_with_other_spans(provider.get_tracer("acme"))
    assert spanloom.search_traces() == []


def test_traces_that_we_do_not_sample_have_no_parts_either(tracer):
    spanloom.configure(sample_rate=0)
    with tracer.start_as_current_span("invoke_agent weather"):
        spanloom.configure(sample_rate=1)
        with tracer.start_as_current_span("chat gpt-5"), spanloom.start_span("inside"):
            pass
    assert spanloom.search_traces() == []


def test_the_open_spans_are_bounded(tracer, processor, monkeypatch):
    monkeypatch.setattr("spanloom_autolog.opentelemetry.processor.MAX_OPEN_SPANS", 2)
    started = [tracer.start_span(f"invoke_agent a{number}") for number in range(3)]
    assert len(processor._open) == 2
    for span in started:
        span.end()
    assert not processor._open
    found = {each.info.name: each.info.state for each in spanloom.search_traces()}
    assert found == {"a0": "CANCELLED", "a1": "OK", "a2": "OK"}


def test_shutting_down_ends_what_is_open_and_leaves_nothing(the_span):
    before = [*_resolvers]
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SpanloomSpanProcessor())
    left = provider.get_tracer("acme").start_span("invoke_agent weather")
    provider.shutdown()
    left.end()
    assert _resolvers == before
    assert the_span().status == "CANCELLED"


def test_the_global_provider_is_not_touched(tracer):
    before = trace.get_tracer_provider()
    tracer.start_span("chat gpt-5").end()
    assert trace.get_tracer_provider() is before


def test_a_failure_of_ours_leaves_the_program_alone(tracer, the_span, monkeypatch):
    monkeypatch.setenv("SPANLOOM_STRICT", "0")
    tracer.start_span(
        "chat gpt-5", attributes={"gen_ai.input.messages": '[{"role": "user", "parts": [{"type": "blob"'}
    ).end()
    assert the_span().inputs["messages"][0]["role"] == "user"


@pytest.mark.parametrize("broken", ["_inputs", "_outputs", "_usage", "_kept", "_label", "_record_status"])
def test_a_reader_that_fails_loses_its_part_only(tracer, the_span, monkeypatch, broken):
    def fail(*_):
        raise ZeroDivisionError

    monkeypatch.setenv("SPANLOOM_STRICT", "0")
    monkeypatch.setattr(f"spanloom.otlp.conventions.reading.{broken}", fail)
    tracer.start_span("chat gpt-5").end()
    assert the_span().name == "chat gpt-5"
