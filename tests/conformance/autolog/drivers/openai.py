"""The official OpenAI client: one call is one model span."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from spanloom.testing.conformance import AgentSpec, Driver


class OpenAIDriver(Driver):
    plugin = "openai"
    kind = "model"
    modes = frozenset({"run", "arun", "stream", "astream"})

    def agent(self, spec: AgentSpec) -> AgentSpec:
        import openai  # noqa: F401 - a client is bound to a loop, so each call makes its own

        return spec

    def run(self, agent: AgentSpec, text: str) -> str:
        with self._client(agent) as client:
            return client.chat.completions.create(**_question(agent, text)).choices[0].message.content

    async def arun(self, agent: AgentSpec, text: str) -> str:
        async with self._async_client(agent) as client:
            answer = await client.chat.completions.create(**_question(agent, text))
            return answer.choices[0].message.content

    def stream(self, agent: AgentSpec, text: str) -> Iterator[Any]:
        return self._client(agent).chat.completions.create(
            **_question(agent, text), stream=True, stream_options={"include_usage": True}
        )

    async def astream(self, agent: AgentSpec, text: str) -> AsyncIterator[Any]:
        stream = await self._async_client(agent).chat.completions.create(
            **_question(agent, text), stream=True, stream_options={"include_usage": True}
        )
        async for chunk in stream:
            yield chunk

    def _client(self, spec: AgentSpec) -> Any:
        from openai import OpenAI

        return OpenAI(base_url=spec.base_url, api_key="unused", max_retries=0)

    def _async_client(self, spec: AgentSpec) -> Any:
        from openai import AsyncOpenAI

        return AsyncOpenAI(base_url=spec.base_url, api_key="unused", max_retries=0)


def _question(spec: AgentSpec, text: str) -> dict[str, Any]:
    return {"model": spec.model, "messages": [{"role": "user", "content": text}]}


driver = OpenAIDriver()
