"""Responses: native, or made out of chat completions by LiteLLM."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from spanloom.instrument import Call
from spanloom.tracing.usage import TokenUsage
from spanloom_autolog.litellm.request import Function
from spanloom_autolog.litellm.result import cached, hidden_facts
from spanloom_autolog.openai import responses
from spanloom_autolog.openai.responses import event_reader, failure, outputs

__all__ = ["event_reader", "failure", "inputs", "outputs", "result_attributes", "usage"]


def inputs(function: Function) -> Callable[[Call], dict[str, Any]]:
    """Return the reader of instructions, input items and parameters."""

    def read(call: Call) -> dict[str, Any]:
        return responses.inputs(Call(None, (), function.parameters(call)))

    return read


def usage(response: Any) -> TokenUsage | None:
    """Return the tokens; none were used where the cache answered."""
    return None if cached(response) else responses.usage(response)


def result_attributes(response: Any) -> dict[str, Any]:
    """Return id, model, finish reason, provider and cost."""
    return {**responses.result_attributes(response), **hidden_facts(response)}
