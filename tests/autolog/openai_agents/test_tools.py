"""Function tools: what they were given and gave back, and what becomes of their exceptions."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from agents import Agent, FunctionTool, RunConfig, Runner, UserError, function_tool, set_tracing_disabled
from agents.mcp import MCPServer
from agents.tool import invoke_function_tool
from agents.tool_context import ToolContext
from inline_snapshot import snapshot
from mcp.types import CallToolResult, TextContent
from mcp.types import Tool as MCPTool

import spanloom
from spanloom.testing import Reply, ToolCall, Usage, outline
from spanloom.tracing import attributes

USAGE = Usage(7, 3)
CALL = Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"}, id="call_1")], usage=USAGE)
ANSWER = Reply("Sunny.", usage=USAGE)


@pytest.fixture(params=["traced", "not traced by the SDK"])
def either_way(request) -> Any:
    set_tracing_disabled(request.param != "traced")
    yield
    set_tracing_disabled(False)


def failing(**options: Any) -> FunctionTool:
    def get_weather(city: str) -> str:
        """Tell the weather."""
        raise LookupError(f"no such city: {city}")

    return function_tool(get_weather, **options)


def assert_failed(span: Any) -> None:
    assert span.status_message == "LookupError: no such city: Paris"
    (event,) = span.events
    assert event["attributes"]["exception.type"] == "LookupError"
    assert "raise LookupError(" in event["attributes"]["exception.stacktrace"]


@pytest.mark.usefixtures("either_way")
def test_a_tool(agent, run, the_trace, get_weather):
    run(agent(CALL, ANSWER, tools=[get_weather]), "Paris?")
    (span,) = the_trace().search_spans(span_type="TOOL")
    assert (span.name, span.inputs, span.outputs) == ("get_weather", {"city": "Paris"}, "sunny in Paris")
    assert span.attributes == {attributes.TOOL_NAME: "get_weather", attributes.TOOL_CALL_ID: "call_1"}


@pytest.mark.usefixtures("either_way")
@pytest.mark.parametrize("options", [{}, {"failure_error_function": lambda context, error: f"sorry: {error}"}])
def test_a_failure_that_the_model_is_told_about(agent, run, the_trace, options):
    run(agent(CALL, ANSWER, tools=[failing(**options)]), "Paris?")
    (span,) = the_trace().search_spans(span_type="TOOL")
    assert_failed(span)
    assert ("sorry: no such city: Paris" in span.outputs) == bool(options)
    assert the_trace().info.state == "OK"


@pytest.mark.usefixtures("either_way")
def test_a_failure_that_ends_the_run(agent, run, the_trace):
    with pytest.raises(UserError) as caught:
        run(agent(CALL, tools=[failing(failure_error_function=None)]), "Paris?")
    assert isinstance(caught.value.__cause__, LookupError)
    assert_failed(the_trace().search_spans(span_type="TOOL")[0])
    assert the_trace().data.spans[0].status_message.startswith("UserError: Error running tool get_weather")


@pytest.mark.usefixtures("either_way")
def test_a_failure_of_a_tool_that_is_no_decorated_function(agent, run, the_trace):
    async def call(context: Any, arguments: str) -> str:
        raise LookupError("no such city: Paris")

    tool = FunctionTool("get_weather", "Tell the weather.", {"type": "object", "properties": {}}, call)
    with pytest.raises(UserError):
        run(agent(CALL, tools=[tool]), "Paris?")
    assert_failed(the_trace().search_spans(span_type="TOOL")[0])


@pytest.mark.usefixtures("either_way")
def test_arguments_that_are_no_json(agent, run, the_trace, get_weather):
    call = Reply(tool_calls=[ToolCall("get_weather", '{"city": ')])
    run(agent(call, ANSWER, tools=[get_weather]), "Paris?")
    (span,) = the_trace().search_spans(span_type="TOOL")
    assert span.inputs == '{"city": '
    assert span.status_message == "ModelBehaviorError: Invalid JSON input for tool get_weather"


@pytest.mark.usefixtures("either_way")
def test_a_timeout(agent, run, the_trace):
    @function_tool(timeout=0.01)
    async def get_weather(city: str) -> str:
        """Tell the weather."""
        await asyncio.Event().wait()

    run(agent(CALL, ANSWER, tools=[get_weather]), "Paris?")
    (span,) = the_trace().search_spans(span_type="TOOL")
    assert (span.status, span.status_message) == ("ERROR", "Tool 'get_weather' timed out after 0.01 seconds.")


def test_a_tool_that_cancels_itself(agent, run, the_trace):
    @function_tool
    async def get_weather(city: str) -> str:
        """Tell the weather."""
        raise asyncio.CancelledError

    run(agent(CALL, ANSWER, tools=[get_weather]), "Paris?")
    assert the_trace().search_spans(span_type="TOOL")[0].status == "CANCELLED"
    assert the_trace().info.state == "OK"


def test_a_run_that_waits_for_an_approval_and_is_resumed(agent, in_loop):
    @function_tool(needs_approval=True)
    def get_weather(city: str) -> str:
        """Tell the weather."""
        return f"sunny in {city}"

    async def approve(asked: Agent[Any]) -> None:
        config = RunConfig(group_id="chat-7")
        paused = await Runner.run(asked, "Paris?", run_config=config)
        state = paused.to_state()
        state.approve(paused.interruptions[0])
        await Runner.run(asked, state, run_config=config)

    in_loop(approve(agent(CALL, ANSWER, tools=[get_weather])))
    resumed, paused = spanloom.search_traces()
    assert [outline(paused), outline(resumed)] == snapshot(
        [
            """\
AGENT agent [7+3 tokens]
  TASK turn 1
    CHAT_MODEL chat gpt-5-mini [7+3 tokens]
    TOOL get_weather\
""",
            """\
AGENT agent [7+3 tokens]
  TOOL get_weather
  TASK turn 2
    CHAT_MODEL chat gpt-5-mini [7+3 tokens]\
""",
        ]
    )
    (tool,) = paused.search_spans(span_type="TOOL")
    assert [event["name"] for event in tool.events] == ["interrupt"]
    assert resumed.search_spans(span_type="TOOL")[0].events == []
    assert paused.data.spans[0].outputs == snapshot(
        {"interruptions": [{"name": "get_weather", "arguments": '{"city": "Paris"}', "call_id": "call_1"}]}
    )
    assert resumed.data.spans[0].inputs == {"messages": [{"role": "user", "content": "Paris?"}]}
    assert [trace.info.session_id for trace in (paused, resumed)] == ["chat-7", "chat-7"]


def test_a_tool_that_invokes_another(agent, run, the_trace, get_weather):
    @function_tool
    async def ask(context: ToolContext[Any], city: str) -> str:
        """Ask somebody."""
        return await invoke_function_tool(function_tool=get_weather, context=context, arguments='{"city": "Oslo"}')

    call = Reply(tool_calls=[ToolCall("ask", {"city": "Paris"})])
    run(agent(call, ANSWER, tools=[ask]), "Paris?")
    outer, inner = the_trace().search_spans(span_type="TOOL")
    assert (inner.parent_id, inner.name, inner.inputs) == (outer.span_id, "get_weather", {"city": "Oslo"})
    assert (outer.inputs, outer.outputs) == ({"city": "Paris"}, "sunny in Oslo")


class WeatherServer(MCPServer):
    """An MCP server in this process."""

    name = "weather"

    async def connect(self) -> None: ...

    async def cleanup(self) -> None: ...

    async def list_tools(self, *_: Any) -> list[MCPTool]:
        return [MCPTool(name="get_weather", inputSchema={"type": "object", "properties": {}})]

    async def call_tool(self, *_: Any, **__: Any) -> CallToolResult:
        return CallToolResult(content=[TextContent(type="text", text="sunny")])

    async def list_prompts(self) -> Any: ...

    async def get_prompt(self, *_: Any) -> Any: ...


def test_tools_of_an_mcp_server(agent, run, the_trace):
    run(agent(CALL, ANSWER, mcp_servers=[WeatherServer()]), "Paris?")
    lists = the_trace().search_spans(name="list tools of weather")
    assert [(span.span_type, span.outputs) for span in lists] == [("TASK", ["get_weather"])] * 2
    (tool,) = the_trace().search_spans(span_type="TOOL")
    assert (tool.outputs, tool.attributes["openai_agents.mcp_server"]) == ("sunny", "weather")
