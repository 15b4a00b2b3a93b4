"""What is traced: a chat call with 1.6 KB of messages in and a small dict out, the same for every contender."""

from __future__ import annotations

import json
from typing import Any

__all__ = ["ANSWER", "MESSAGES", "answer", "opentelemetry_call"]

_PARAGRAPH = (
    "You are a careful travel assistant. Use the weather tool before you recommend anything that happens outdoors, "
    "name the source of every fact, and never guess a price. "
)

MESSAGES: list[dict[str, str]] = [
    {"role": "system", "content": _PARAGRAPH * 5},
    {"role": "user", "content": "I will be in Paris for three days in May, and I like gardens and modern art."},
    {"role": "assistant", "content": "Lovely. " + _PARAGRAPH * 3},
    {"role": "user", "content": "What should I do on the first day if it rains in the morning?"},
]

ANSWER: dict[str, Any] = {
    "role": "assistant",
    "content": "Start at the Centre Pompidou, then walk to the Luxembourg Garden.",
    "usage": {"input_tokens": 312, "output_tokens": 17},
}


def answer(messages: list[dict[str, str]]) -> dict[str, Any]:  # noqa: ARG001 - a traced argument
    """Stand for the model."""
    return ANSWER


def opentelemetry_call(tracer: Any) -> Any:
    """Return the same call under a span of the OpenTelemetry SDK, its attributes being the same JSON."""

    def call(messages: list[dict[str, str]]) -> dict[str, Any]:
        with tracer.start_as_current_span("answer") as span:
            span.set_attribute("inputs", json.dumps({"messages": messages}))
            result = answer(messages)
            span.set_attribute("outputs", json.dumps(result))
            return result

    return call
