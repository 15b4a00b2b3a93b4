"""The SDK's own tracing, and ours: switched on and off."""

from __future__ import annotations

from typing import Any

import agents.tracing.processors as processors_module
import pytest
from agents import RunConfig, function_tool, set_trace_processors, set_tracing_disabled, trace
from agents.tracing import TracingProcessor, get_trace_provider
from agents.tracing.processors import BackendSpanExporter
from inline_snapshot import snapshot

import spanloom
from spanloom.testing import Reply, ToolCall, Usage, outline
from spanloom_autolog.openai_agents.native import spans

USAGE = Usage(7, 3)
CALL = Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"}, id="call_1")], usage=USAGE)
ANSWER = Reply("Sunny.", usage=USAGE)


class Recorder(TracingProcessor):
    """A processor of the program."""

    def __init__(self) -> None:
        self.ended: list[str] = []

    def on_trace_start(self, trace: Any) -> None: ...

    def on_trace_end(self, trace: Any) -> None:
        self.ended.append(trace.name)

    def on_span_start(self, span: Any) -> None: ...

    def on_span_end(self, span: Any) -> None:
        self.ended.append(span.span_data.type)

    def shutdown(self) -> None: ...

    def force_flush(self) -> None: ...


@pytest.fixture(params=["run", "program"])
def switched_off(request) -> Any:
    """Options of a run that the SDK does not trace."""
    if request.param == "run":
        yield {"run_config": RunConfig(tracing_disabled=True)}
    else:
        set_tracing_disabled(True)
        yield {}
        set_tracing_disabled(False)


def test_a_run_that_the_sdk_does_not_trace(agent, run, get_weather, the_trace, switched_off):
    spanloom.autolog("openai")
    helper = agent(ANSWER, name="helper").as_tool("ask_helper", "Ask.", **switched_off)
    call = Reply(
        tool_calls=[ToolCall("get_weather", {"city": "Paris"}), ToolCall("ask_helper", {"input": "?"})], usage=USAGE
    )
    run(agent(call, ANSWER, tools=[get_weather, helper]), "Paris?", **switched_off)
    assert outline(the_trace()) == snapshot("""\
AGENT agent
  CHAT_MODEL chat gpt-5-mini [7+3 tokens]
  TOOL get_weather
  TOOL ask_helper
    AGENT helper
      CHAT_MODEL chat gpt-5-mini [7+3 tokens]
  CHAT_MODEL chat gpt-5-mini [7+3 tokens]\
""")
    assert the_trace().info.token_usage.total_tokens == 30
    root = the_trace().data.spans[0]
    assert (root.inputs, root.outputs) == ({"messages": [{"role": "user", "content": "Paris?"}]}, "Sunny.")


def test_the_programs_processors_see_what_they_always_saw(agent, run, get_weather):
    asked = lambda: agent(CALL, ANSWER, tools=[get_weather])  # noqa: E731
    seen = []
    for switch in ({"disable": True}, {"disable_export": False}, {"disable_export": True}):
        spanloom.autolog("openai_agents", **switch)
        recorder = Recorder()
        set_trace_processors([recorder])
        run(asked(), "Paris?")
        seen.append(recorder.ended)
        assert get_trace_provider()._multi_processor._processors == (recorder,)
    assert seen[0] == seen[1] == seen[2] != []
    assert len(spanloom.search_traces()) == 2


@pytest.mark.parametrize("disable_export", [False, True])
def test_the_export_to_openai_can_be_silenced(agent, run, monkeypatch, disable_export):
    spanloom.autolog("openai_agents", disable=True)
    sent: list[Any] = []
    monkeypatch.setattr(BackendSpanExporter, "export", lambda _, items: sent.extend(items))
    export = vars(BackendSpanExporter)["export"]
    spanloom.autolog("openai_agents", disable_export=disable_export)
    default = processors_module.BatchTraceProcessor(BackendSpanExporter())
    set_trace_processors([default])
    run(agent(ANSWER), "hi")
    default.shutdown()
    assert bool(sent) == (not disable_export)
    assert len(spanloom.search_traces()) == 1
    spanloom.autolog("openai_agents", disable=True)
    assert vars(BackendSpanExporter)["export"] is export


def test_switching_off_in_the_middle_of_a_run_ends_what_is_open(agent, run, the_trace):
    @function_tool
    def get_weather(city: str) -> str:
        """Tell the weather."""
        spanloom.autolog("openai_agents", disable=True)
        return f"sunny in {city}"

    assert run(agent(CALL, ANSWER, tools=[get_weather]), "Paris?").final_output == "Sunny."
    assert outline(the_trace()) == snapshot("""\
AGENT agent
  TASK turn 1 (CANCELLED)
    CHAT_MODEL chat gpt-5-mini [7+3 tokens]
    TOOL get_weather (CANCELLED)\
""")
    assert not spans._open


def test_every_span_of_the_sdk_is_forgotten_when_it_ends(agent, run, get_weather):
    with trace("mine"):
        run(agent(CALL, ANSWER, tools=[get_weather]), "Paris?")
    assert not spans._open
