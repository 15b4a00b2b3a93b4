"""Counting the tokens of every model call of a run, hidden ones included."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.messages.ai import AIMessage, UsageMetadata
from langchain_core.outputs import ChatGeneration, LLMResult

from spanloom.agents.adapter import Run
from spanloom.tracing.usage import TokenUsage

__all__ = ["CountUsage", "token_usage"]


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
                usage = token_usage(message.usage_metadata) if isinstance(message, AIMessage) else None
                if usage is not None:
                    self._run.add_usage(usage)


def token_usage(usage: UsageMetadata | None) -> TokenUsage | None:
    """Return the tokens of a model call; `None` where nothing is known or nothing was spent."""
    # The cost of nothing is LangChain's mark of an answer from its cache.
    if not usage or usage.get("total_cost") == 0:
        return None
    given, produced = usage.get("input_token_details") or {}, usage.get("output_token_details") or {}
    return TokenUsage(
        usage["input_tokens"],
        usage["output_tokens"],
        usage["total_tokens"],
        given.get("cache_read"),
        given.get("cache_creation"),
        produced.get("reasoning"),
    )
