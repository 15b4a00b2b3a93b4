"""The official Anthropic client: one call is one model span."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from spanloom.testing.conformance import AgentSpec, Driver


class AnthropicDriver(Driver):
    plugin = "anthropic"
    kind = "model"
    modes = frozenset({"run", "arun", "stream", "astream"})

    def agent(self, spec: AgentSpec) -> AgentSpec:
        import anthropic  # noqa: F401 - a client is bound to a loop, so each call makes its own

        return spec

    def run(self, agent: AgentSpec, text: str) -> str:
        with self._client(agent) as client:
            return client.messages.create(**_question(agent, text)).content[0].text

    async def arun(self, agent: AgentSpec, text: str) -> str:
        async with self._async_client(agent) as client:
            return (await client.messages.create(**_question(agent, text))).content[0].text

    def stream(self, agent: AgentSpec, text: str) -> Iterator[Any]:
        return self._client(agent).messages.create(**_question(agent, text), stream=True)

    async def astream(self, agent: AgentSpec, text: str) -> AsyncIterator[Any]:
        stream = await self._async_client(agent).messages.create(**_question(agent, text), stream=True)
        async for event in stream:
            yield event

    def _client(self, spec: AgentSpec) -> Any:
        from anthropic import Anthropic

        return Anthropic(base_url=spec.base_url.removesuffix("/v1"), api_key="unused", max_retries=0)

    def _async_client(self, spec: AgentSpec) -> Any:
        from anthropic import AsyncAnthropic

        return AsyncAnthropic(base_url=spec.base_url.removesuffix("/v1"), api_key="unused", max_retries=0)


def _question(spec: AgentSpec, text: str) -> dict[str, Any]:
    return {"model": spec.model, "max_tokens": 1000, "messages": [{"role": "user", "content": text}]}


driver = AnthropicDriver()
