"""Counting the tokens of every model call of a run, hidden ones included."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages.ai import AIMessage, UsageMetadata
from langchain_core.outputs import ChatGeneration, LLMResult

from spanloom.agents.adapter import Run
from spanloom.tracing.usage import TokenUsage

__all__ = ["CountUsage"]


class CountUsage(BaseCallbackHandler):
    """A callback handler that adds up the tokens that the models report."""

    run_inline = True

    def __init__(self, run: Run) -> None:
        self._run = run

    def on_llm_end(self, response: LLMResult, **_kwargs: Any) -> None:
        """Take the tokens of one model call."""
        for generations in response.generations:
            for generation in generations:
                message = generation.message if isinstance(generation, ChatGeneration) else None
                usage = message.usage_metadata if isinstance(message, AIMessage) else None
                # LangChain's mark of an answer from its cache: no tokens were spent.
                if usage and usage.get("total_cost") != 0:
                    self._run.add_usage(_token_usage(usage))


def _token_usage(usage: UsageMetadata) -> TokenUsage:
    given, produced = usage.get("input_token_details") or {}, usage.get("output_token_details") or {}
    return TokenUsage(
        usage["input_tokens"],
        usage["output_tokens"],
        usage["total_tokens"],
        given.get("cache_read"),
        given.get("cache_creation"),
        produced.get("reasoning"),
    )
