"""Pydantic AI's agents, which ask their model with the client of OpenAI for chat completions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanloom.testing.adapter_conformance import AdapterDriver, NativeSpec


class PydanticAIDriver(AdapterDriver):
    adapter = "pydantic_ai"
    plugin = "pydantic_ai"
    tool_errors = "raised"

    def agent(self, spec: NativeSpec) -> Any:
        from openai import AsyncOpenAI
        from pydantic_ai import Agent, DeferredToolRequests, NativeOutput, Tool
        from pydantic_ai.models.openai import OpenAIChatModel
        from pydantic_ai.providers.openai import OpenAIProvider

        client = AsyncOpenAI(base_url=spec.base_url, api_key="unused", max_retries=0)
        model = OpenAIChatModel(spec.model, provider=OpenAIProvider(openai_client=client))
        tools = [Tool(function, requires_approval=function.__name__ in spec.approve) for function in spec.tools]
        output: list[Any] = [str if spec.output_type is None else NativeOutput(spec.output_type)]
        if spec.approve:
            output.append(DeferredToolRequests)
        return Agent(model, name=spec.name, tools=tools, output_type=output)

    def options(self, spec: NativeSpec) -> Mapping[str, Any]:
        from pydantic_ai import UsageLimits

        return {} if spec.max_turns is None else {"usage_limits": UsageLimits(request_limit=spec.max_turns)}


driver = PydanticAIDriver()
