"""An asynchronous OpenAI client, asked on the Responses API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanloom.testing.adapter_conformance import AdapterDriver, NativeSpec


class OpenAIDriver(AdapterDriver):
    adapter = "openai"
    plugin = "openai"
    lacks = {
        "tools": "a client makes one model call; the caller runs the tools",
        "approval": "likewise",
        "max_turns": "likewise",
    }

    def agent(self, spec: NativeSpec) -> Any:
        from openai import AsyncOpenAI

        return AsyncOpenAI(base_url=spec.base_url, api_key="unused", max_retries=0)

    def options(self, spec: NativeSpec) -> Mapping[str, Any]:
        options: dict[str, Any] = {"model": spec.model}
        if spec.output_type is not None:
            schema = {"type": "json_schema", "name": "answer", "schema": spec.output_type.model_json_schema()}
            options["input_fn"] = lambda request: {"input": request.input, "text": {"format": schema}}
        return options


driver = OpenAIDriver()
