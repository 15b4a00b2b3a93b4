"""Runs that go well: what the tree and its spans tell."""

from __future__ import annotations

import asyncio
from typing import Any

from spanloom.instrument import autolog
from spanloom.testing.conformance.case import Case
from spanloom.testing.conformance.scenario import scenario
from spanloom.testing.conformance.script import ANSWER, CALL, TEXT, TOOL_TREE, get_weather
from spanloom.testing.conformance.tree import model_spans
from spanloom.testing.provider.replies import Reply, ToolCall, Usage
from spanloom.tracing import TokenUsage, attributes, start_span

__all__: list[str] = []


@scenario()
def text(case: Case) -> None:
    """One question, one answer: the conversation, the models and the tokens are on the model's span."""
    autolog()  # as people use it: the client's plugin adds what only the wire tells
    usage = Usage(12, 5, cached_tokens=4, reasoning_tokens=2)
    server = case.server(Reply("It is sunny.", usage=usage, model="gpt-5-mini-2025"))
    answer = case.ask(case.agent(server), "How is the weather?")
    assert answer in ("It is sunny.", None)
    trace = case.expect(TEXT)
    (model,) = model_spans(trace)
    messages = model.inputs["messages"]
    assert (messages[-1]["role"], _text(messages[-1])) == ("user", "How is the weather?"), messages
    (said,) = model.outputs["messages"]
    assert (said["role"], _text(said)) == ("assistant", "It is sunny."), said
    assert model.attributes[attributes.REQUEST_MODEL].endswith("gpt-5-mini")
    if "response_model" not in case.driver.unreported:
        assert model.attributes[attributes.RESPONSE_MODEL].endswith("gpt-5-mini-2025")
    assert model.token_usage == TokenUsage(
        12,
        5,
        17,
        cache_read_input_tokens=None if "cached_tokens" in case.driver.unreported else 4,
        cache_creation_input_tokens=model.token_usage and model.token_usage.cache_creation_input_tokens,
        reasoning_output_tokens=None if "reasoning_tokens" in case.driver.unreported else 2,
    ), model.token_usage
    assert trace.info.token_usage is not None
    assert trace.info.token_usage.total_tokens == 17, trace.info.token_usage  # noqa: PLR2004 - 12 + 5
    root = trace.data.spans[0]
    assert "How is the weather?" in (trace.info.request_preview or ""), trace.info.request_preview
    assert "It is sunny." in (trace.info.response_preview or ""), trace.info.response_preview
    assert root.start_time_ns <= model.start_time_ns <= model.end_time_ns <= root.end_time_ns


@scenario(kinds=["agent"])
def tool_call(case: Case) -> None:
    """The model calls a tool and answers with its result."""
    autolog()
    case.ask(case.agent(case.server(CALL, ANSWER), get_weather), "Paris?")
    trace = case.expect(TOOL_TREE)
    first, _ = model_spans(trace)
    (definition,) = [
        tool["function"]
        for tool in first.attributes[attributes.TOOL_DEFINITIONS]
        if tool["function"]["name"] == "get_weather"
    ]
    assert "city" in definition["parameters"]["properties"]
    (tool,) = trace.search_spans(span_type="TOOL")
    assert (tool.inputs, tool.outputs) == ({"city": "Paris"}, "sunny in Paris"), (tool.inputs, tool.outputs)
    assert tool.attributes[attributes.TOOL_NAME] == "get_weather"
    assert [call["function"]["name"] for call in first.outputs["messages"][0]["tool_calls"]] == ["get_weather"]
    assert trace.info.token_usage is not None
    assert trace.info.token_usage.total_tokens == 49, trace.info.token_usage  # noqa: PLR2004 - as scripted


@scenario("arun", "astream", kinds=["agent"])
def parallel_tools_out_of_order(case: Case) -> None:
    """Two calls of one tool, the first of which finishes last, where the framework runs them at the same time."""
    finished: dict[str, asyncio.Event] = {}

    async def get_weather(city: str) -> str:
        """Tell the weather."""
        if city == "Paris":
            await _at_most(finished.setdefault("Oslo", asyncio.Event()).wait(), 1)
        finished.setdefault(city, asyncio.Event()).set()
        return f"sunny in {city}"

    calls = [ToolCall("get_weather", {"city": city}) for city in ("Paris", "Oslo")]
    case.ask(case.agent(case.server(Reply(tool_calls=calls), ANSWER), get_weather), "Paris and Oslo?")
    trace = case.expect("""
AGENT weather_agent
  CHAT_MODEL
  TOOL get_weather
  TOOL get_weather
  CHAT_MODEL
""")
    tools = trace.search_spans(span_type="TOOL")
    assert [(tool.inputs["city"], tool.outputs) for tool in tools] == [
        ("Paris", "sunny in Paris"),
        ("Oslo", "sunny in Oslo"),
    ]


@scenario(kinds=["agent"])
def user_span_in_a_tool(case: Case) -> None:
    """What a tool's own code traces stands below the tool, also where the framework runs it in a thread."""

    def get_weather(city: str) -> str:
        """Tell the weather."""
        with start_span("look it up"):
            return f"sunny in {city}"

    case.ask(case.agent(case.server(CALL, ANSWER), get_weather), "Paris?")
    case.expect(_USER_SPAN_TREE)


@scenario("arun", "astream", kinds=["agent"])
def user_span_in_an_asynchronous_tool(case: Case) -> None:
    """Likewise, of a coroutine function."""

    async def get_weather(city: str) -> str:
        """Tell the weather."""
        with start_span("look it up"):
            await asyncio.sleep(0)
            return f"sunny in {city}"

    case.ask(case.agent(case.server(CALL, ANSWER), get_weather), "Paris?")
    case.expect(_USER_SPAN_TREE)


@scenario("arun", "run", kinds=["agent"], once=True)
def nested_agent(case: Case) -> None:
    """A tool that asks another agent: its spans stand below the tool."""
    helper = case.agent(case.server(ANSWER), name="helper")
    tool = _awaited_delegate(case, helper) if case.mode == "arun" else _delegate(case, helper)
    call = Reply(tool_calls=[ToolCall("delegate", {"question": "Paris?"})])
    case.ask(case.agent(case.server(call, ANSWER), tool, name="boss"), "Paris?")
    case.expect("""
AGENT boss
  CHAT_MODEL
  TOOL delegate
    AGENT helper
      CHAT_MODEL
  CHAT_MODEL
""")


_USER_SPAN_TREE = """
AGENT weather_agent
  CHAT_MODEL
  TOOL get_weather
    UNKNOWN look it up
  CHAT_MODEL
"""


def _awaited_delegate(case: Case, helper: Any) -> Any:
    async def delegate(question: str) -> str:
        """Ask somebody who knows."""
        return await case.driver.arun(helper, question)

    return delegate


def _delegate(case: Case, helper: Any) -> Any:
    def delegate(question: str) -> str:
        """Ask somebody who knows."""
        return case.driver.run(helper, question)

    return delegate


async def _at_most(waiting: Any, seconds: float) -> None:
    try:
        await asyncio.wait_for(waiting, seconds)
    except TimeoutError:
        return


def _text(message: dict[str, Any]) -> str:
    content = message["content"]
    return content if isinstance(content, str) else "".join(part.get("text") or "" for part in content)
