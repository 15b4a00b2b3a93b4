"""Agents, teams of agents, and the user's own workflows."""

from __future__ import annotations

import asyncio

import pytest
from inline_snapshot import snapshot
from llama_index.core.agent.workflow import AgentWorkflow, CodeActAgent, FunctionAgent, ReActAgent
from llama_index.core.memory import Memory
from llama_index.core.query_engine import CustomQueryEngine
from llama_index.core.tools import QueryEngineTool
from pydantic import BaseModel
from workflows import Context, Workflow, step
from workflows.errors import WorkflowCancelledByUser
from workflows.events import Event, HumanResponseEvent, InputRequiredEvent, StartEvent, StopEvent

import spanloom
from spanloom.testing import ErrorReply, Reply, ToolCall, Usage, outline

pytestmark = pytest.mark.anyio

U = Usage(10, 4)
ANSWER = Reply("It is sunny.", usage=U)


def get_weather(city: str) -> str:
    """Tell the weather."""
    return f"sunny in {city}"


@pytest.mark.parametrize("streaming", [True, False])
async def test_a_react_agent_has_the_same_tree_as_one_that_calls_functions(model, the_trace, streaming):
    call = Reply('Thought: I need a tool.\nAction: get_weather\nAction Input: {"city": "Paris"}', usage=U)
    answer = Reply("Thought: I can answer.\nAnswer: It is sunny.", usage=U)
    agent = ReActAgent(name="thinker", llm=model(call, answer), tools=[get_weather], streaming=streaming)
    await agent.run(user_msg="Paris?")
    trace = the_trace()
    assert outline(trace) == snapshot("""\
AGENT thinker
  CHAT_MODEL OpenAI [10+4 tokens]
  TOOL get_weather
  CHAT_MODEL OpenAI [10+4 tokens]\
""")
    assert trace.data.spans[0].outputs == {"messages": [{"role": "assistant", "content": "It is sunny."}]}


async def test_the_code_of_a_code_act_agent_runs_in_a_tool(model, the_trace):
    async def run_code(code: str) -> str:
        return f"ran {code}"

    script = (Reply("<execute>print(1)</execute>", usage=U), ANSWER)
    await CodeActAgent(name="coder", llm=model(*script), code_execute_fn=run_code).run(user_msg="Print 1.")
    trace = the_trace()
    assert outline(trace) == snapshot("""\
AGENT coder
  CHAT_MODEL OpenAI [10+4 tokens]
  TOOL execute
  CHAT_MODEL OpenAI [10+4 tokens]\
""")
    (tool,) = trace.search_spans(span_type="TOOL")
    assert (tool.inputs, tool.outputs) == ({"code": "print(1)"}, "ran print(1)")


def make_team(model, *replies) -> AgentWorkflow:
    llm = model(*replies)
    front = FunctionAgent(name="front", description="Asks others.", llm=llm, tools=[], streaming=False)
    expert = FunctionAgent(name="expert", description="Knows the weather.", llm=llm, tools=[get_weather])
    return AgentWorkflow(agents=[front, expert], root_agent="front")


HANDOFF = Reply(tool_calls=[ToolCall("handoff", {"to_agent": "expert", "reason": "weather"})], usage=U)


async def test_every_agent_of_a_team_has_a_span_while_it_has_control(model, the_trace):
    call = Reply(tool_calls=[ToolCall("get_weather", {"city": "Oslo"})], usage=U)
    await make_team(model, HANDOFF, call, ANSWER).run(user_msg="Oslo?")
    trace = the_trace()
    assert outline(trace) == snapshot("""\
WORKFLOW AgentWorkflow
  AGENT front
    CHAT_MODEL OpenAI [10+4 tokens]
    HANDOFF handoff
  AGENT expert
    CHAT_MODEL OpenAI [10+4 tokens]
    TOOL get_weather
    CHAT_MODEL OpenAI [10+4 tokens]\
""")
    team, front, _, handoff, expert, *_ = trace.data.spans
    answer = {"messages": [{"role": "assistant", "content": "It is sunny."}]}
    assert team.inputs == front.inputs == {"messages": [{"role": "user", "content": "Oslo?"}]}
    assert team.outputs == expert.outputs == answer
    assert handoff.inputs == {"to_agent": "expert", "reason": "weather"}
    assert expert.attributes["gen_ai.agent.name"] == "expert"
    assert expert.inputs["messages"][-1]["role"] == "tool"


async def test_a_team_that_fails_ends_the_agent_at_work(model, the_trace):
    with pytest.raises(Exception, match="on fire"):
        await make_team(model, HANDOFF, ErrorReply(500, "on fire")).run(user_msg="Oslo?")
    spans = the_trace().data.spans
    assert [(span.span_type, span.name) for span in spans if span.status == "ERROR"] == [
        ("WORKFLOW", "AgentWorkflow"),
        ("AGENT", "expert"),
        ("CHAT_MODEL", "OpenAI"),
    ]


async def test_a_tool_that_does_not_exist_is_an_error_of_the_tool(model, the_trace):
    call = Reply(tool_calls=[ToolCall("get_news", {"city": "Oslo"}, id="call_1")], usage=U)
    await FunctionAgent(llm=model(call, ANSWER), tools=[get_weather]).run(user_msg="News?")
    (tool,) = the_trace().search_spans(span_type="TOOL")
    assert (tool.name, tool.status, tool.inputs) == ("get_news", "ERROR", {"city": "Oslo"})
    assert "not found" in tool.status_message
    assert tool.attributes["gen_ai.tool.call.id"] == "call_1"


async def test_an_engine_as_a_tool_stands_below_the_tool(model, the_trace):
    class Oracle(CustomQueryEngine):
        def custom_query(self, query_str: str) -> str:
            with spanloom.start_span("think"):
                return f"42, {query_str}"

    call = Reply(tool_calls=[ToolCall("oracle", {"input": "why"})], usage=U)
    tool = QueryEngineTool.from_defaults(Oracle(), name="oracle", description="Knows all.")
    await FunctionAgent(name="asker", llm=model(call, ANSWER), tools=[tool]).run(user_msg="Why?")
    trace = the_trace()
    assert outline(trace) == snapshot("""\
AGENT asker
  CHAT_MODEL OpenAI [10+4 tokens]
  TOOL oracle
    CHAIN Oracle
      UNKNOWN think
  CHAT_MODEL OpenAI [10+4 tokens]\
""")
    (span,) = trace.search_spans(span_type="TOOL")
    assert span.outputs == {"response": "42, why"}


async def test_the_structured_answer_of_an_agent(model, the_trace):
    class Weather(BaseModel):
        city: str

    structured = Reply(tool_calls=[ToolCall("Weather", {"city": "Paris"})], usage=U)
    llm = model(ANSWER, structured, model="gpt-4")
    await FunctionAgent(name="former", llm=llm, output_cls=Weather).run(user_msg="Paris?")
    trace = the_trace()
    assert outline(trace) == snapshot("""\
AGENT former
  CHAT_MODEL OpenAI [10+4 tokens]
  CHAIN OpenAI.astructured_predict
    CHAT_MODEL OpenAI [10+4 tokens]
    TOOL Weather\
""")
    assert trace.data.spans[0].outputs["structured_response"] == {"city": "Paris"}


async def test_the_memory_names_the_session(model, the_trace):
    memory = Memory.from_defaults(session_id="chat-7")
    await FunctionAgent(llm=model(ANSWER)).run(user_msg="hi", memory=memory)
    assert the_trace().info.session_id == "chat-7"


class Draft(Event):
    text: str


class Writer(Workflow):
    @step
    async def write(self, ev: StartEvent) -> Draft:
        with spanloom.start_span("think"):
            return Draft(text=f"about {ev.topic}")

    @step
    def review(self, ev: Draft) -> StopEvent:  # runs in a thread
        with spanloom.start_span("read"):
            return StopEvent(result={"verdict": f"{ev.text}: good"})


async def test_the_steps_of_a_workflow_are_tasks(the_trace):
    with spanloom.start_span("request"):
        await Writer().run(topic="cats")
    trace = the_trace()
    assert outline(trace) == snapshot("""\
UNKNOWN request
  WORKFLOW Writer
    TASK write
      UNKNOWN think
    TASK review
      UNKNOWN read\
""")
    _, run, write, _, review, _ = trace.data.spans
    assert (run.inputs, run.outputs) == ({"topic": "cats"}, {"verdict": "about cats: good"})
    assert write.inputs == {"event": "StartEvent", "topic": "cats"}
    assert write.outputs == review.inputs == {"event": "Draft", "text": "about cats"}


async def test_a_run_finds_its_parent_when_the_runtime_has_lost_the_context(the_trace):
    from contextvars import Context as Variables

    from llama_index_instrumentation import get_dispatcher

    with spanloom.start_span("request") as request:
        captured = get_dispatcher().capture_propagation_context()
        assert captured["spanloom"] == {"trace_id": request.trace_id, "span_id": request.span_id}

        def elsewhere() -> None:
            get_dispatcher().restore_propagation_context(captured)
            assert spanloom.get_current_active_span() is request

        Variables().run(elsewhere)


async def test_a_step_that_waits_for_somebody_is_no_error(the_trace):
    class Asking(Workflow):
        @step
        async def ask(self, ctx: Context, ev: StartEvent) -> StopEvent:
            answer = await ctx.wait_for_event(HumanResponseEvent, waiter_event=InputRequiredEvent(prefix="Name?"))
            return StopEvent(result=answer.response)

    handler = Asking().run()
    async for event in handler.stream_events():
        if isinstance(event, InputRequiredEvent):
            handler.ctx.send_event(HumanResponseEvent(response="Ada"))
    assert await handler == "Ada"
    assert outline(the_trace()) == snapshot("""\
WORKFLOW Asking
  TASK ask
  TASK ask\
""")


class Endless(Workflow):
    @step
    async def wait(self, ev: StartEvent) -> StopEvent:
        ev.begun.set()
        await asyncio.Event().wait()
        return StopEvent()


async def test_a_run_that_the_user_cancels_is_cancelled(the_trace):
    begun = asyncio.Event()
    handler = Endless().run(begun=begun)
    await begun.wait()
    await handler.cancel_run()
    with pytest.raises(WorkflowCancelledByUser):
        await handler
    assert outline(the_trace()) == snapshot("""\
WORKFLOW Endless (CANCELLED)
  TASK wait (CANCELLED)\
""")


async def test_a_run_that_times_out_is_an_error(the_trace):
    with pytest.raises(Exception, match="timed out"):
        await Endless(timeout=0.05).run(begun=asyncio.Event())
    trace = the_trace()
    assert trace.info.state == "ERROR"
    assert "WorkflowTimeoutError" in trace.data.spans[0].status_message
