"""The OpenAI Agents SDK, asking the Responses API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from spanloom.testing.conformance import AgentSpec, Driver


class OpenAIAgentsDriver(Driver):
    plugin = "openai_agents"
    client = "openai"
    modes = frozenset({"run", "arun", "astream"})
    intermediate = {"TASK": "a turn of the runner's loop"}
    tool_errors = "reported"

    def agent(self, spec: AgentSpec) -> Any:
        from agents import Agent, OpenAIResponsesModel, function_tool, set_trace_processors
        from openai import AsyncOpenAI

        set_trace_processors([])  # nothing is sent to OpenAI, whatever keys the environment holds
        client = AsyncOpenAI(base_url=spec.base_url, api_key="unused", max_retries=0)
        tools = [function_tool(function) for function in spec.tools]
        return Agent(spec.name, model=OpenAIResponsesModel(spec.model, client), tools=tools)

    def run(self, agent: Any, text: str) -> str:
        from agents import Runner

        return Runner.run_sync(agent, text).final_output

    async def arun(self, agent: Any, text: str) -> str:
        from agents import Runner

        return (await Runner.run(agent, text)).final_output

    def astream(self, agent: Any, text: str) -> AsyncIterator[Any]:
        from agents import Runner

        return _Stream(Runner.run_streamed(agent, text))

    async def cancel(self, stream: Any) -> None:
        stream.result.cancel()
        async for _ in stream:
            pass

    def footprint(self) -> Sequence[Any]:
        from agents.tracing import get_trace_provider

        provider = get_trace_provider()
        return [provider, *provider._multi_processor._processors]


class _Stream:
    """The events of a run, together with its handle: a run is stopped through that."""

    def __init__(self, result: Any) -> None:
        self.result = result
        self._events = result.stream_events()

    def __aiter__(self) -> AsyncIterator[Any]:
        return self._events


driver = OpenAIAgentsDriver()
