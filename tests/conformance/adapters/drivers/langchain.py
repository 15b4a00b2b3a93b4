"""Chains of langchain: a prompt, a model, and a parser where the answer has a type."""

from __future__ import annotations

from typing import Any

from spanloom.testing.adapter_conformance import AdapterDriver, NativeSpec


class LangChainDriver(AdapterDriver):
    adapter = "langchain"
    plugin = "langchain"
    lacks = {
        "tools": "a chain calls no tools by itself; its model's calls are the answer",
        "reasoning": "langchain-openai drops `reasoning_content` of chat completions",
        "refusal": "langchain-openai loses a streamed refusal of chat completions",
    }

    def agent(self, spec: NativeSpec) -> Any:
        from langchain_core.prompts import ChatPromptTemplate, MessagesPlaceholder
        from langchain_openai import ChatOpenAI

        model: Any = ChatOpenAI(
            model=spec.model, base_url=spec.base_url, api_key="unused", max_retries=0, stream_usage=True
        )
        if spec.output_type is not None:
            model = model.with_structured_output(spec.output_type, method="json_mode")
        elif spec.tools:
            model = model.bind_tools(list(spec.tools))
        return ChatPromptTemplate([MessagesPlaceholder("messages")]) | model


driver = LangChainDriver()
