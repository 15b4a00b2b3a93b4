"""Tools: one span for what the model called, what ran and what the model was told."""

from __future__ import annotations

import asyncio
import contextvars
import threading

import pytest
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_agentchat.tools import AgentTool, TeamTool
from autogen_core import CancellationToken
from autogen_core.memory import ListMemory, MemoryContent
from autogen_core.tools import FunctionTool, StaticWorkbench, TextResultContent, ToolResult
from inline_snapshot import snapshot
from pydantic import BaseModel

import spanloom
from spanloom.testing import Reply, ToolCall, outline
from spanloom.tracing import attributes
from spanloom.tracing.context import current

pytestmark = pytest.mark.anyio

TOKEN = CancellationToken()


def get_weather(city: str) -> dict[str, str]:
    """Tell the weather."""
    if city == "Atlantis":
        raise LookupError("no such city")
    with spanloom.start_span("look it up"):
        return {city: "sunny"}


@pytest.fixture
def weather_tool() -> FunctionTool:
    return FunctionTool(get_weather, "Tell the weather.")


async def test_a_call_tells_arguments_id_and_the_value_itself(agent, the_span):
    call = Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"}, id="call_1")])
    await agent("weather", call, tools=[get_weather]).run(task="Paris?")
    span = the_span("TOOL")
    assert (span.inputs, span.outputs) == ({"city": "Paris"}, {"Paris": "sunny"})
    assert span.attributes == {attributes.TOOL_NAME: "get_weather", attributes.TOOL_CALL_ID: "call_1"}


async def test_calls_that_run_nothing_are_spans_with_what_the_model_is_told(agent, the_trace):
    calls = [ToolCall("get_time", {}), ToolCall("get_weather", "{oops"), ToolCall("get_weather", {"town": "Paris"})]
    await agent("weather", Reply(tool_calls=calls), tools=[get_weather]).run(task="Paris?")
    unknown, malformed, invalid = the_trace().search_spans(span_type="TOOL")
    assert (unknown.status, unknown.status_message) == ("ERROR", "Error: tool 'get_time' not found in any workbench")
    assert (malformed.status, malformed.inputs) == ("ERROR", "{oops")
    assert invalid.status_message.startswith("ValidationError: ")
    assert the_trace().info.state == "OK"


async def test_a_tool_that_is_run_directly_is_a_span(weather_tool, the_trace):
    assert await weather_tool.run_json({"city": "Paris"}, TOKEN, call_id="call_1") == {"Paris": "sunny"}
    assert outline(the_trace()) == "TOOL get_weather\n  UNKNOWN look it up"
    assert the_trace().data.spans[0].outputs == {"Paris": "sunny"}


async def test_a_tool_that_is_run_by_a_workbench_is_one_span(weather_tool, the_trace):
    workbench = StaticWorkbench([weather_tool])
    await workbench.call_tool("get_weather", {"city": "Paris"})
    assert outline(the_trace()) == "TOOL get_weather\n  UNKNOWN look it up"
    assert the_trace().data.spans[0].outputs == {"Paris": "sunny"}


async def test_what_a_workbench_reports_as_an_error_has_the_exception_itself(weather_tool, the_span):
    result = await StaticWorkbench([weather_tool]).call_tool("get_weather", {"city": "Atlantis"})
    assert result.is_error
    span = the_span("TOOL")
    assert span.status_message == "LookupError: no such city"
    assert [event["attributes"]["exception.type"] for event in span.events] == ["LookupError"]


async def test_a_workbench_class_of_the_users_own_is_observed(agent, the_trace):
    class Remote(StaticWorkbench):
        async def call_tool(self, name, arguments=None, cancellation_token=None, call_id=None):
            if arguments["city"] == "Atlantis":
                await self._tools[0].run_json(arguments, TOKEN)
            return ToolResult(name=name, result=[TextResultContent(content="unreachable")], is_error=True)

    tool = FunctionTool(get_weather, "Tell the weather.")
    call = Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"})])
    await agent("weather", call, workbench=Remote([tool])).run(task="Paris?")
    (span,) = the_trace().search_spans(span_type="TOOL")
    assert (span.status, span.status_message) == ("ERROR", "unreachable")
    await Remote([tool]).call_tool("get_weather", {"city": "Paris"})
    newest = spanloom.search_traces()[0]
    assert outline(newest) == "TOOL get_weather (ERROR: unreachable)"
    assert newest.data.spans[0].inputs == {"city": "Paris"}
    with pytest.raises(LookupError):
        await Remote([tool]).call_tool("get_weather", {"city": "Atlantis"})
    (failed,) = spanloom.search_traces()[0].data.spans
    assert [event["attributes"]["exception.type"] for event in failed.events] == ["LookupError"]


async def test_two_runs_of_one_plain_function_each_have_their_own_context(the_trace):
    mine = contextvars.ContextVar("mine")
    both = threading.Barrier(2, timeout=30)

    def look(city: str) -> str:
        """Look."""
        both.wait()
        with spanloom.start_span(f"{city} {mine.get()}"):
            return city

    tool = FunctionTool(look, "Look.")

    async def run(city):
        mine.set(city.upper())
        return await tool.run_json({"city": city}, TOKEN)

    with spanloom.start_span("both"):
        assert await asyncio.gather(run("paris"), run("oslo")) == ["paris", "oslo"]
    assert outline(the_trace()) == snapshot("""\
UNKNOWN both
  TOOL look
    UNKNOWN paris PARIS
  TOOL look
    UNKNOWN oslo OSLO\
""")


async def test_switched_off_a_plain_function_has_no_context_as_ever(weather_tool):
    spanloom.autolog("autogen", disable=True)
    seen = []
    tool = FunctionTool(lambda: seen.append(current.get()), "Look.", name="look")
    with spanloom.start_span("mine"):
        await tool.run_json({}, TOKEN)
    assert seen == [None]


async def test_values_are_told_readably(the_trace):
    class City(BaseModel):
        name: str

    class Opaque:
        def __str__(self) -> str:
            return "as the model is told"

    async def outputs_of(value):
        async def give() -> object:
            """Give."""
            return value

        await FunctionTool(give, "Give.").run_json({}, TOKEN)
        return spanloom.search_traces()[0].data.spans[0].outputs

    given = [City(name="Paris"), Opaque(), [1, "two"], 3.5, None]
    assert [await outputs_of(value) for value in given] == [
        {"name": "Paris"},
        "as the model is told",
        [1, "two"],
        3.5,
        None,
    ]


async def test_an_agent_as_a_tool_stands_below_the_tool(agent, the_trace):
    writer = AgentTool(agent("writer", Reply("a poem")), return_value_as_last_message=True)
    call = Reply(tool_calls=[ToolCall("writer", {"task": "Write!"})])
    await agent("boss", call, Reply("Done."), tools=[writer], max_tool_iterations=2).run(task="Go!")
    assert outline(the_trace()) == snapshot("""\
AGENT boss
  CHAT_MODEL chat gpt-5-mini [21+3 tokens]
  TOOL writer
    AGENT writer
      CHAT_MODEL chat gpt-5-mini [21+2 tokens]
  CHAT_MODEL chat gpt-5-mini [25+1 tokens]\
""")
    (tool,) = the_trace().search_spans(span_type="TOOL")
    assert tool.outputs == "a poem"


async def test_a_team_as_a_tool_that_is_run_directly(agent, the_trace):
    team = RoundRobinGroupChat([agent("writer", Reply("a poem"))], max_turns=1)
    tool = TeamTool(team, "writers", "Write.", return_value_as_last_message=True)
    async for _ in tool.run_json_stream({"task": "Write!"}, TOKEN):
        pass
    assert outline(the_trace()) == snapshot("""\
TOOL writers
  WORKFLOW RoundRobinGroupChat
    AGENT writer
      CHAT_MODEL chat gpt-5-mini [21+2 tokens]\
""")
    assert the_trace().data.spans[0].outputs == "a poem"


async def test_a_question_to_a_memory_is_a_retrieval(the_span):
    memory = ListMemory()
    await memory.add(MemoryContent(content="likes tea", mime_type="text/plain", metadata={"page": 1}))
    await memory.query("tea?")
    span = the_span("RETRIEVER")
    assert (span.name, span.inputs) == ("ListMemory", {"query": "tea?"})
    assert span.outputs == [{"content": "likes tea", "metadata": {"page": 1}}]
