"""The assistant agent of AutoGen AgentChat, with its OpenAI client."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator
from typing import Any

from spanloom.testing.conformance import AgentSpec, Driver


class AutoGenDriver(Driver):
    plugin = "autogen"
    client = "openai"
    modes = frozenset({"arun", "astream"})

    def agent(self, spec: AgentSpec) -> Any:
        from autogen_agentchat.agents import AssistantAgent
        from autogen_core.models import ModelInfo
        from autogen_ext.models.openai import OpenAIChatCompletionClient

        # It compares the model that answered with a table of its own.
        warnings.filterwarnings("ignore", "Resolved model mismatch", UserWarning)
        abilities = ModelInfo(
            vision=False, function_calling=True, json_output=True, structured_output=True, family="gpt-5"
        )
        options = {"stream_options": {"include_usage": True}} if spec.stream else {}
        client = OpenAIChatCompletionClient(
            model=spec.model,
            base_url=spec.base_url,
            api_key="unused",
            max_retries=0,
            model_info=abilities,
            **options,
        )
        return AssistantAgent(
            spec.name, client, tools=list(spec.tools), model_client_stream=spec.stream, max_tool_iterations=5
        )

    async def arun(self, agent: Any, text: str) -> str:
        return (await agent.run(task=text)).messages[-1].content

    def astream(self, agent: Any, text: str) -> AsyncIterator[Any]:
        return agent.run_stream(task=text)


driver = AutoGenDriver()
