"""Real senders: the OpenTelemetry SDK, instrumentations of others, and our own exporter."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

import spanloom
from spanloom.testing import ProviderServer, Reply


@pytest.fixture
def provider(collector: Any) -> Iterator[TracerProvider]:
    """A tracer provider whose every span is a request of its own, children first."""
    provider = TracerProvider(resource=Resource.create({"service.name": "shop"}), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(f"{collector.url}/v1/traces", compression=Compression.Gzip)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield provider
    provider.shutdown()


def test_the_sdk_of_opentelemetry(provider, the_trace):
    tracer = provider.get_tracer("acme")
    with tracer.start_as_current_span("invoke_agent support", attributes={"gen_ai.operation.name": "invoke_agent"}):
        with suppress(LookupError), tracer.start_as_current_span("execute_tool get") as tool:
            tool.set_attributes({"gen_ai.operation.name": "execute_tool", "gen_ai.tool.call.arguments": '{"id": 1}'})
            raise LookupError("no such order")
        with tracer.start_as_current_span("chat gpt-5") as chat:
            chat.set_attributes({"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-5"})
            chat.set_attributes({"gen_ai.usage.input_tokens": 12, "gen_ai.usage.output_tokens": 5})
    trace = the_trace()
    assert [(span.name, span.span_type, span.status) for span in trace.data.spans] == [
        ("support", "AGENT", "OK"),
        ("get", "TOOL", "ERROR"),
        ("chat gpt-5", "CHAT_MODEL", "OK"),
    ]
    agent, tool, _ = trace.data.spans
    assert tool.parent_id == agent.span_id
    assert (tool.inputs, tool.status_message) == ({"id": 1}, "LookupError: no such order")
    assert [event["name"] for event in tool.events] == ["exception"]
    assert agent.attributes["service.name"] == "shop"
    assert trace.info.token_usage is not None
    assert trace.info.token_usage.total == 17


def ask(url: str) -> None:
    import openai

    messages: Any = [{"role": "user", "content": "Weather in Paris?"}]
    with openai.OpenAI(base_url=url, api_key="unused", max_retries=0) as client:
        client.chat.completions.create(model="gpt-5", messages=messages, temperature=0.5)


@pytest.mark.filterwarnings("ignore:Support for class-based `config`:DeprecationWarning")  # OpenLLMetry's own
@pytest.mark.parametrize("instrumentation", ["openinference", "opentelemetry"])
def test_an_instrumented_client(provider, the_span, instrumentation):
    if instrumentation == "openinference":
        instrumentor = pytest.importorskip("openinference.instrumentation.openai").OpenAIInstrumentor()
    else:
        instrumentor = pytest.importorskip("opentelemetry.instrumentation.openai").OpenAIInstrumentor()
    with ProviderServer() as server:
        server.script([Reply("Sunny.")])
        instrumentor.instrument(tracer_provider=provider)
        try:
            ask(server.base_url)
        finally:
            instrumentor.uninstrument()
    span = the_span()
    assert span.span_type == "CHAT_MODEL"
    assert span.inputs["messages"] == [{"role": "user", "content": "Weather in Paris?"}]
    assert (span.inputs["model"], span.inputs["temperature"]) == ("gpt-5", 0.5)
    (said,) = span.outputs["messages"]
    assert (said["role"], said["content"]) == ("assistant", "Sunny.")
    assert span.token_usage is not None
    assert span.token_usage.total > 0
    assert span.attributes["gen_ai.request.model"] == "gpt-5"


OWN = """
import sys
import spanloom
from spanloom import SpanStatus, SpanType, TokenUsage
from spanloom.otlp import OtlpExporter

url, store = sys.argv[1:]
exporter = OtlpExporter(url)
spanloom.configure(store=store, exporters=[exporter], experiment="support")
question = {"role": "user", "content": [{"type": "text", "text": "Weather?"}]}
asked = [{"role": "system", "content": "Be brief."}, question]
call = {"id": "c1", "type": "function", "function": {"name": "get", "arguments": '{"city": "Paris"}'}}
with spanloom.tracing_context(session_id="s1", user="ada", tags={"env": "prod", "n": "1"}, metadata={"v": "7"}):
    with spanloom.start_span("agent", span_type=SpanType.AGENT) as agent:
        agent.set_inputs({"messages": asked})
        spanloom.update_current_trace(client_request_id="r1")
        with spanloom.start_span("chat gpt-5", span_type=SpanType.CHAT_MODEL) as chat:
            chat.set_inputs({"messages": asked, "model": "gpt-5", "temperature": 0.5})
            chat.set_outputs({"messages": [{"role": "assistant", "content": None, "tool_calls": [call]}]})
            chat.set_token_usage(TokenUsage(12, 5, cache_read_input_tokens=4, reasoning_output_tokens=2))
            chat.set_attribute("gen_ai.request.model", "gpt-5")
            chat.set_attribute("gen_ai.response.model", "gpt-5-2026")
            chat.set_attribute("gen_ai.tool.definitions", [{"type": "function", "function": {"name": "get"}}])
            chat.set_attribute("my.own", {"nested": [1, {"a": None}]})
            chat.set_attribute("spanloom.time_to_first_chunk_ms", 250.5)
            chat.set_attribute("spanloom.cost.total", 0.25)
        try:
            with spanloom.start_span("get", span_type=SpanType.TOOL) as tool:
                tool.set_inputs({"city": "Paris"})
                tool.set_outputs(21)
                raise LookupError("no such city")
        except LookupError:
            pass
        with spanloom.start_span("mine", span_type="my own type") as mine:
            mine.set_outputs("[not json")
            mine.add_event("noted", {"list": ["a", "b"]})
        with spanloom.start_span("gone") as gone:
            gone.set_status(SpanStatus.CANCELLED)
        agent.set_outputs("21 degrees")
assert spanloom.flush(10) and exporter.flush(30) and not exporter.dropped
exporter.close()
"""


def test_our_own_exporter_and_collector_keep_everything_that_matters(collector, store, tmp_path):
    theirs = f"sqlite:///{tmp_path / 'theirs.db'}"
    subprocess.run([sys.executable, "-W", "error", "-c", OWN, collector.url, theirs], check=True, timeout=60)
    (received,) = spanloom.search_traces()
    spanloom.configure(store=theirs)
    (sent,) = spanloom.search_traces()
    assert received.info == sent.info
    for ours, original in zip(received.data.spans, sent.data.spans, strict=True):
        facts = {key: value for key, value in ours.attributes.items() if key in original.attributes}
        assert facts == original.attributes
        for name in ("span_id", "parent_id", "name", "span_type", "start_time_ns", "end_time_ns", "status"):
            assert getattr(ours, name) == getattr(original, name), name
        for name in ("status_message", "inputs", "outputs", "events"):
            assert getattr(ours, name) == getattr(original, name), name
