"""Which spans there are, and how they are nested."""

from __future__ import annotations

from typing import Any

import pytest
from agents import (
    Agent,
    GuardrailFunctionOutput,
    InputGuardrailTripwireTriggered,
    MaxTurnsExceeded,
    Model,
    ModelResponse,
    RunConfig,
    custom_span,
    function_tool,
    generation_span,
    input_guardrail,
    trace,
)
from agents import Usage as AgentsUsage
from inline_snapshot import snapshot

import spanloom
from spanloom.testing import Reply, ToolCall, Usage, outline

USAGE = Usage(7, 3)
CALL = Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"}, id="call_1")], usage=USAGE)
ANSWER = Reply("Sunny.", usage=USAGE)


@pytest.mark.parametrize("chat", [False, True])
def test_a_run_and_its_agent_are_one_span(agent, get_weather, the_trace, chat, run):
    run(agent(CALL, ANSWER, chat=chat, tools=[get_weather]), "Paris?")
    assert outline(the_trace()) == snapshot("""\
AGENT agent [14+6 tokens]
  TASK turn 1
    CHAT_MODEL chat gpt-5-mini [7+3 tokens]
    TOOL get_weather
  TASK turn 2
    CHAT_MODEL chat gpt-5-mini [7+3 tokens]\
""")


def test_an_agent_that_is_handed_the_run_has_a_span_below_it(agent, get_weather, the_trace, run):
    billing = agent(CALL, ANSWER, name="billing", tools=[get_weather])
    transfer = Reply(tool_calls=[ToolCall("transfer_to_billing")], usage=USAGE)
    run(agent(transfer, name="triage", handoffs=[billing]), "my bill?")
    assert outline(the_trace()) == snapshot("""\
AGENT triage [21+9 tokens]
  TASK turn 1
    CHAT_MODEL chat gpt-5-mini [7+3 tokens]
    HANDOFF handoff to billing
  AGENT billing
    TASK turn 2
      CHAT_MODEL chat gpt-5-mini [7+3 tokens]
      TOOL get_weather
    TASK turn 3
      CHAT_MODEL chat gpt-5-mini [7+3 tokens]\
""")
    (handoff,) = the_trace().search_spans(span_type="HANDOFF")
    assert (handoff.inputs, handoff.outputs) == ({"from_agent": "triage"}, {"to_agent": "billing"})
    assert the_trace().info.response_preview == "Sunny."


def test_an_agent_that_serves_as_a_tool_is_below_the_tool(agent, the_trace, run):
    helper = agent(ANSWER, name="helper").as_tool("ask_helper", "Ask.")
    call = Reply(tool_calls=[ToolCall("ask_helper", {"input": "Paris?"})], usage=USAGE)
    run(agent(call, ANSWER, name="boss", tools=[helper]), "Paris?")
    assert outline(the_trace()) == snapshot("""\
AGENT boss [21+9 tokens]
  TASK turn 1
    CHAT_MODEL chat gpt-5-mini [7+3 tokens]
    TOOL ask_helper
      AGENT helper
        TASK turn 1
          CHAT_MODEL chat gpt-5-mini [7+3 tokens]
  TASK turn 2
    CHAT_MODEL chat gpt-5-mini [7+3 tokens]\
""")
    assert the_trace().info.token_usage.total_tokens == 30


def test_agents_that_serve_as_tools_at_the_same_time_count_once(agent, the_trace, run):
    tools = [agent(ANSWER, name=name).as_tool(f"ask_{name}", "Ask.") for name in ("ada", "bob")]
    calls = Reply(tool_calls=[ToolCall(tool.name, {"input": "?"}) for tool in tools], usage=USAGE)
    run(agent(calls, ANSWER, name="boss", tools=tools), "Paris?")
    assert the_trace().info.token_usage.total_tokens == 40


def test_guardrails(agent, the_trace, run):
    @input_guardrail(name="polite")
    def polite(context: Any, agent: Any, given: Any) -> GuardrailFunctionOutput:
        spanloom.start_span_no_context("look", parent_span=spanloom.get_current_active_span()).end()
        return GuardrailFunctionOutput(None, tripwire_triggered=True)

    with pytest.raises(InputGuardrailTripwireTriggered):
        run(agent(ANSWER, input_guardrails=[polite]), "!")
    spans = the_trace().data.spans
    (guardrail,) = the_trace().search_spans(span_type="GUARDRAIL")
    assert (guardrail.name, guardrail.status, guardrail.outputs) == ("polite", "OK", {"tripwire_triggered": True})
    assert [span.name for span in spans if span.parent_id == guardrail.span_id] == ["look"]
    assert spans[0].status_message.startswith("InputGuardrailTripwireTriggered")


def test_too_many_turns(agent, get_weather, the_trace, run):
    with pytest.raises(MaxTurnsExceeded):
        run(agent(CALL, tools=[get_weather]), "Paris?", max_turns=1)
    assert outline(the_trace()) == snapshot("""\
AGENT agent (ERROR: MaxTurnsExceeded: Max turns (1) exceeded) [7+3 tokens]
  TASK turn 1
    CHAT_MODEL chat gpt-5-mini [7+3 tokens]
    TOOL get_weather\
""")


def test_a_trace_of_the_program_is_one_trace(agent, the_trace, run):
    with trace("jokes", group_id="chat-7", metadata={"version": 2}):
        for _ in range(2):
            run(agent(ANSWER), "Tell one.")
    assert outline(the_trace()) == snapshot("""\
WORKFLOW jokes
  AGENT agent [7+3 tokens]
    TASK turn 1
      CHAT_MODEL chat gpt-5-mini [7+3 tokens]
  AGENT agent [7+3 tokens]
    TASK turn 1
      CHAT_MODEL chat gpt-5-mini [7+3 tokens]\
""")
    assert (the_trace().info.session_id, the_trace().info.trace_metadata["version"]) == ("chat-7", "2")


def test_custom_spans_of_the_program(agent, the_trace, run):
    @function_tool
    def get_weather(city: str) -> str:
        """Tell the weather."""
        with custom_span("query", {"table": "weather"}) as span, spanloom.start_span("inner"):
            span.span_data.data["rows"] = 1
        with custom_span("broken"):
            raise LookupError(city)

    run(agent(CALL, ANSWER, tools=[get_weather]), "Paris?")
    assert outline(the_trace()) == snapshot("""\
AGENT agent [14+6 tokens]
  TASK turn 1
    CHAT_MODEL chat gpt-5-mini [7+3 tokens]
    TOOL get_weather (ERROR: LookupError: Paris)
      CHAIN query
        UNKNOWN inner
      CHAIN broken (ERROR: LookupError: Paris)
  TASK turn 2
    CHAT_MODEL chat gpt-5-mini [7+3 tokens]\
""")
    query = the_trace().search_spans(name="query")[0]
    assert (query.inputs, query.outputs) == ({"table": "weather"}, {"rows": 1})


def test_without_spans_of_turns(agent, the_trace, run):
    config = RunConfig(tracing={"include_task_and_turn_spans": False})
    run(agent(ANSWER), "hi", run_config=config)
    assert outline(the_trace()) == snapshot("""\
AGENT agent
  CHAT_MODEL chat gpt-5-mini [7+3 tokens]\
""")


class HomeGrown(Model):
    """A model of the program, which traces its calls as the SDK's own do, or not at all."""

    def __init__(self, answer: Any, *, traced: bool) -> None:
        self.model = "home-grown"
        self._answer = answer
        self._traced = traced

    async def get_response(self, *_: Any, **__: Any) -> ModelResponse:
        usage = AgentsUsage(requests=1, input_tokens=7, output_tokens=3, total_tokens=10)
        if self._traced:
            with generation_span(model="home-grown"):
                return ModelResponse([self._answer], usage, None)
        return ModelResponse([self._answer], usage, None)

    async def stream_response(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError
        yield


@pytest.mark.parametrize("traced", [False, True])
def test_a_model_class_of_the_program(the_trace, traced, run):
    from openai.types.responses import ResponseOutputMessage, ResponseOutputText

    text = ResponseOutputText(type="output_text", text="Sunny.", annotations=[])
    answer = ResponseOutputMessage(id="m", type="message", role="assistant", status="completed", content=[text])
    run(Agent("agent", model=HomeGrown(answer, traced=traced)), "hi")
    assert outline(the_trace()) == snapshot("""\
AGENT agent [7+3 tokens]
  TASK turn 1
    CHAT_MODEL chat home-grown [7+3 tokens]\
""")
    assert the_trace().search_spans(span_type="CHAT_MODEL")[0].outputs == {
        "messages": [{"role": "assistant", "content": "Sunny."}]
    }


def test_a_generation_outside_of_any_run(the_trace):
    with (
        trace("by hand"),
        generation_span(
            input=[{"role": "user", "content": "hi"}],
            output=[{"role": "assistant", "content": "ho"}],
            model="gpt-5-mini",
            model_config={"temperature": 0.5, "top_p": None},
            usage={"input_tokens": 1, "output_tokens": 2},
        ),
    ):
        pass
    assert outline(the_trace()) == snapshot("""\
WORKFLOW by hand
  CHAT_MODEL chat gpt-5-mini [1+2 tokens]\
""")
    (span,) = the_trace().search_spans(span_type="CHAT_MODEL")
    assert span.inputs == {"messages": [{"role": "user", "content": "hi"}], "temperature": 0.5}
    assert span.outputs == {"messages": [{"role": "assistant", "content": "ho"}]}
