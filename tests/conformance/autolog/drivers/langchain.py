"""The agents of langchain, which are graphs of langgraph."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from spanloom.testing.conformance import AgentSpec, Driver


class LangChainDriver(Driver):
    plugin = "langchain"
    client = "openai"
    modes = frozenset({"run", "arun", "stream", "astream"})
    intermediate = {"TASK": "a node of the graph"}
    tool_errors = "raised"

    def agent(self, spec: AgentSpec) -> Any:
        from langchain.agents import create_agent
        from langchain_openai import ChatOpenAI

        options = {"model": spec.model, "base_url": spec.base_url, "api_key": "unused", "max_retries": 0}
        if "stream_chunk_timeout" in ChatOpenAI.model_fields:
            # It waits for chunks with `asyncio.wait_for`, which on Python 3.11 can lose a cancellation.
            options["stream_chunk_timeout"] = None
        model = ChatOpenAI(**options, stream_usage=spec.stream)
        return create_agent(model, [_tool(function) for function in spec.tools], name=spec.name)

    def run(self, agent: Any, text: str) -> str:
        return agent.invoke(_question(text))["messages"][-1].text

    async def arun(self, agent: Any, text: str) -> str:
        return (await agent.ainvoke(_question(text)))["messages"][-1].text

    def stream(self, agent: Any, text: str) -> Iterator[Any]:
        return agent.stream(_question(text), stream_mode="messages")

    def astream(self, agent: Any, text: str) -> AsyncIterator[Any]:
        return agent.astream(_question(text), stream_mode="messages")


def _question(text: str) -> dict[str, Any]:
    return {"messages": [("user", text)]}


def _tool(function: Any) -> Any:
    import inspect

    from langchain_core.tools import StructuredTool

    if inspect.iscoroutinefunction(function):
        return StructuredTool.from_function(coroutine=function)
    return StructuredTool.from_function(function)


driver = LangChainDriver()
