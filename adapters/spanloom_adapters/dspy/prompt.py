"""What a request adds to the prompts: what the system says, and earlier turns for programs without a history field."""

from __future__ import annotations

from typing import Any

import dspy  # type: ignore[import-untyped]
from dspy.adapters.types.base_type import (  # type: ignore[import-untyped]
    split_message_content_for_custom_types,
)

from spanloom_adapters.dspy.inputs import ProgramInput

__all__ = ["complete_prompt"]


def complete_prompt(messages: list[dict[str, Any]], adapter: Any, signature: Any, given: ProgramInput) -> None:
    """Add to the messages that a DSPy adapter made of a signature, in place.

    Args:
        messages: The messages.
        adapter: The DSPy adapter.
        signature: The signature of the predictor that asks.
        given: What the program is run on.
    """
    if given.system:
        _add_system(messages, given.system)
    if given.history and given.question in signature.input_fields:
        at = len(messages) - 1 if messages and messages[-1]["role"] == "user" else len(messages)
        messages[at:at] = _earlier_messages(adapter, signature, given)


def _add_system(messages: list[dict[str, Any]], text: str) -> None:
    if messages and messages[0]["role"] == "system" and isinstance(messages[0]["content"], str):
        messages[0] = {**messages[0], "content": f"{messages[0]['content']}\n\n{text}"}
    else:
        messages.insert(0, {"role": "system", "content": text})


def _earlier_messages(adapter: Any, signature: Any, given: ProgramInput) -> list[dict[str, Any]]:
    """Return the turns as the adapter writes a `dspy.History`."""
    messages: list[dict[str, Any]] = []
    for event in given.history:
        form = _with_outputs(signature, event, given.answer)
        history = dspy.History(messages=[event])
        messages += adapter.format_conversation_history(form, "history", {"history": history})
    return [_with_parts(message) for message in messages]


def _with_outputs(signature: Any, event: dict[str, Any], answer: str) -> Any:
    """Return the signature with the outputs that an earlier turn has; others would stand there as `None`."""
    for name in signature.output_fields:
        if name not in event:
            signature = signature.delete(name)
    if answer in event and answer not in signature.output_fields:
        # A predictor for a step on the way, such as the choice of a tool, answers with something else.
        signature = signature.append(answer, dspy.OutputField(), str)
    return signature


def _with_parts(message: dict[str, Any]) -> dict[str, Any]:
    """Return the message with the media that stand in its text as content parts."""
    split: list[dict[str, Any]] = split_message_content_for_custom_types([dict(message)])
    return split[0]
