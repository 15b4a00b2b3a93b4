"""The assistant agent of AutoGen AgentChat, with its OpenAI client."""

from __future__ import annotations

import warnings
from typing import Any

from spanloom.testing.adapter_conformance import AdapterDriver, NativeSpec


class AutoGenDriver(AdapterDriver):
    adapter = "autogen"
    plugin = "autogen"
    lacks = {
        "approval": "AgentChat runs tools at once; only code execution knows approvals",
        "stored_approval": "likewise",
        "files": "messages hold text and images",
        "finish_reasons": "agents drop the finish reason that the model client tells them",
        "refusal": "the model client drops it: the message is empty",
        "usage_details": "only input and output tokens are counted",
    }

    def agent(self, spec: NativeSpec) -> Any:
        from autogen_agentchat.agents import AssistantAgent
        from autogen_core.models import ModelInfo
        from autogen_ext.models.openai import OpenAIChatCompletionClient

        # It compares the model that answered with a table of its own.
        warnings.filterwarnings("ignore", "Resolved model mismatch", UserWarning)
        abilities = ModelInfo(
            vision=True, function_calling=True, json_output=True, structured_output=True, family="gpt-5"
        )
        client = OpenAIChatCompletionClient(
            model=spec.model,
            base_url=spec.base_url,
            api_key="unused",
            max_retries=0,
            model_info=abilities,
            stream_options={"include_usage": True},
        )
        return AssistantAgent(
            spec.name,
            client,
            tools=list(spec.tools),
            output_content_type=spec.output_type,
            reflect_on_tool_use=False if spec.output_type is None else None,
            model_client_stream=True,
            max_tool_iterations=spec.max_turns or 10,
        )


driver = AutoGenDriver()
