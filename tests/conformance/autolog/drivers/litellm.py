"""LiteLLM: one call is one model span."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from typing import Any

from spanloom.testing.conformance import AgentSpec, Driver


class LiteLLMDriver(Driver):
    plugin = "litellm"
    client = "openai"
    kind = "model"
    modes = frozenset({"run", "arun", "stream", "astream"})

    def agent(self, spec: AgentSpec) -> AgentSpec:
        os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"  # its prices would be fetched at import
        import litellm

        litellm.suppress_debug_info = True
        # The aiohttp transport of earlier versions takes a connection that broke for the end of the answer.
        litellm.disable_aiohttp_transport = True
        return spec

    def run(self, agent: AgentSpec, text: str) -> str:
        import litellm

        return litellm.completion(**_question(agent, text)).choices[0].message.content

    async def arun(self, agent: AgentSpec, text: str) -> str:
        import litellm

        answer = await litellm.acompletion(**_question(agent, text))
        return answer.choices[0].message.content

    def stream(self, agent: AgentSpec, text: str) -> Iterator[Any]:
        import litellm

        return litellm.completion(**_question(agent, text), stream=True, stream_options={"include_usage": True})

    async def astream(self, agent: AgentSpec, text: str) -> AsyncIterator[Any]:
        import litellm

        stream = await litellm.acompletion(
            **_question(agent, text), stream=True, stream_options={"include_usage": True}
        )
        async for chunk in stream:
            yield chunk


def _question(spec: AgentSpec, text: str) -> dict[str, Any]:
    return {
        "model": f"openai/{spec.model}",
        "base_url": spec.base_url,
        "api_key": "unused",
        "num_retries": 0,
        "max_retries": 0,
        "messages": [{"role": "user", "content": text}],
    }


driver = LiteLLMDriver()
