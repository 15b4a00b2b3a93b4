"""A synchronous OpenAI client, asked for chat completions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanloom.testing.adapter_conformance import AdapterDriver, NativeSpec


class OpenAIChatDriver(AdapterDriver):
    adapter = "openai"
    plugin = "openai"
    lacks = {
        "tools": "a client makes one model call; the caller runs the tools",
        "approval": "likewise",
        "max_turns": "likewise",
    }

    def agent(self, spec: NativeSpec) -> Any:
        from openai import OpenAI

        return OpenAI(base_url=spec.base_url, api_key="unused", max_retries=0)

    def options(self, spec: NativeSpec) -> Mapping[str, Any]:
        options: dict[str, Any] = {"model": spec.model, "api": "chat"}
        if spec.output_type is not None:
            schema = {"name": "answer", "schema": spec.output_type.model_json_schema()}
            messages = [{"role": "user", "content": "Paris?"}]
            wanted = {"messages": messages, "response_format": {"type": "json_schema", "json_schema": schema}}
            options["input_fn"] = lambda _: wanted
        return options


driver = OpenAIChatDriver()
