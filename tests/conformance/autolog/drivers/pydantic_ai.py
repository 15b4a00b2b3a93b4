"""Pydantic AI's agents, which ask their model with the client of OpenAI."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from spanloom.testing.conformance import AgentSpec, Driver


class PydanticAIDriver(Driver):
    plugin = "pydantic_ai"
    client = "openai"
    modes = frozenset({"run", "arun", "stream", "astream"})
    tool_errors = "raised"

    def agent(self, spec: AgentSpec) -> Any:
        from openai import AsyncOpenAI
        from pydantic_ai import Agent
        from pydantic_ai.models.openai import OpenAIChatModel
        from pydantic_ai.providers.openai import OpenAIProvider

        client = AsyncOpenAI(base_url=spec.base_url, api_key="unused", max_retries=0)
        model = OpenAIChatModel(spec.model, provider=OpenAIProvider(openai_client=client))
        return Agent(model, name=spec.name, tools=spec.tools)

    def run(self, agent: Any, text: str) -> str:
        return agent.run_sync(text).output

    async def arun(self, agent: Any, text: str) -> str:
        return (await agent.run(text)).output

    def stream(self, agent: Any, text: str) -> Iterator[Any]:
        with agent.run_stream_sync(text) as result:
            yield from result.stream_text(delta=True, debounce_by=None)

    async def astream(self, agent: Any, text: str) -> AsyncIterator[Any]:
        async with agent.run_stream_events(text) as events:
            async for event in events:
                yield event

    def footprint(self) -> tuple[Any, ...]:
        from pydantic_ai import Agent

        from spanloom.tracing.context import _resolvers

        return (Agent._instrument_default, *_resolvers)


driver = PydanticAIDriver()
