"""Pydantic AI's agents, which ask their model with the client of OpenAI."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
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

        # A connection that is kept alive would outlive its event loop.
        headers = {"Connection": "close"}
        client = AsyncOpenAI(base_url=spec.base_url, api_key="unused", max_retries=0, default_headers=headers)
        model = OpenAIChatModel(spec.model, provider=OpenAIProvider(openai_client=client))
        return Agent(model, name=spec.name, tools=spec.tools)

    def run(self, agent: Any, text: str) -> str:
        with _event_loop():
            return agent.run_sync(text).output

    async def arun(self, agent: Any, text: str) -> str:
        return (await agent.run(text)).output

    def stream(self, agent: Any, text: str) -> Iterator[Any]:
        with _event_loop(), agent.run_stream_sync(text) as result:
            yield from result.stream_text(delta=True, debounce_by=None)

    async def astream(self, agent: Any, text: str) -> AsyncIterator[Any]:
        async with agent.run_stream_events(text) as events:
            async for event in events:
                yield event

    def footprint(self) -> tuple[Any, ...]:
        from pydantic_ai import Agent

        from spanloom.tracing.context import _resolvers

        return (Agent._instrument_default, *_resolvers)


@contextmanager
def _event_loop() -> Iterator[None]:
    """Close the event loop of a synchronous run afterwards: Pydantic AI leaves it open for the next one."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        yield
    finally:
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
        asyncio.set_event_loop(None)


driver = PydanticAIDriver()
