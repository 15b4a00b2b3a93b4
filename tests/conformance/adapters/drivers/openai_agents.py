"""Agents of the OpenAI Agents SDK, asking the Responses API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanloom.testing.adapter_conformance import AdapterDriver, NativeSpec


class OpenAIAgentsDriver(AdapterDriver):
    adapter = "openai_agents"
    plugin = "openai_agents"

    def agent(self, spec: NativeSpec) -> Any:
        from agents import Agent, ModelSettings, OpenAIResponsesModel, function_tool, set_trace_processors
        from openai import AsyncOpenAI

        set_trace_processors([])  # nothing is sent to OpenAI, whatever keys the environment holds
        client = AsyncOpenAI(base_url=spec.base_url, api_key="unused", max_retries=0)
        return Agent(
            spec.name,
            model=OpenAIResponsesModel(spec.model, client),
            model_settings=ModelSettings(include_usage=True),
            tools=[function_tool(tool, needs_approval=tool.__name__ in spec.approve) for tool in spec.tools],
            output_type=spec.output_type,
        )

    def options(self, spec: NativeSpec) -> Mapping[str, Any]:
        return {} if spec.max_turns is None else {"max_turns": spec.max_turns}


driver = OpenAIAgentsDriver()
