"""The agents of langchain, which are graphs of langgraph; they ask the Responses API."""

from __future__ import annotations

import inspect
from typing import Any

from spanloom.testing.adapter_conformance import AdapterDriver, NativeSpec


class LangGraphDriver(AdapterDriver):
    adapter = "langgraph"
    plugin = "langchain"
    lacks = {
        "stored_approval": "the graph's checkpointer keeps the thread, in memory here",
    }
    tool_errors = "raised"

    def agent(self, spec: NativeSpec) -> Any:
        from langchain.agents import create_agent
        from langchain.agents.middleware import HumanInTheLoopMiddleware
        from langchain_openai import ChatOpenAI
        from langgraph.checkpoint.memory import InMemorySaver

        # Of chat completions langchain-openai drops the reasoning and a streamed refusal.
        model = ChatOpenAI(
            model=spec.model, base_url=spec.base_url, api_key="unused", max_retries=0, use_responses_api=True
        )
        approval = [HumanInTheLoopMiddleware(dict.fromkeys(spec.approve, True))] if spec.approve else []
        agent = create_agent(
            model,
            [_tool(function) for function in spec.tools],
            name=spec.name,
            middleware=approval,
            response_format=spec.output_type,
            checkpointer=InMemorySaver() if approval else None,
        )
        return agent if spec.max_turns is None else agent.with_config(recursion_limit=2 * spec.max_turns)


def _tool(function: Any) -> Any:
    from langchain_core.tools import StructuredTool

    if inspect.iscoroutinefunction(function):
        return StructuredTool.from_function(coroutine=function)
    return StructuredTool.from_function(function)


driver = LangGraphDriver()
