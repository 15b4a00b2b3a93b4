"""What a program wrote down of its steps, as items."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from spanloom_adapters.dspy.values import json_text, last_line, new_call_id, value_text

__all__ = ["history_items", "trajectory_items"]


def trajectory_items(trajectory: Any) -> Iterator[dict[str, Any]]:
    """Yield the steps of a `ReAct`, `CodeAct` or `RLM`, by the field `trajectory` of its prediction."""
    if isinstance(trajectory, Mapping):
        yield from _react_items(trajectory)
    elif isinstance(trajectory, Sequence) and not isinstance(trajectory, str):
        for step in trajectory:
            if isinstance(step, Mapping):
                yield from _thought(step.get("reasoning"))
                yield from _call("python", {"code": step.get("code")}, step.get("output"))


def _react_items(trajectory: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    # The oldest steps may be missing: too long for the model's context.
    numbers = sorted({int(name.rpartition("_")[2]) for name in trajectory if name.rpartition("_")[2].isdigit()})
    for number in numbers:
        step = {name: trajectory.get(f"{name}_{number}") for name in _STEP}
        yield from _thought(step["thought"])
        output = step["code_output"] if step["code_output"] is not None else step["observation"]
        if step["generated_code"] is not None:
            yield from _call("python", {"code": step["generated_code"]}, output)
        elif step["tool_name"] is not None and step["tool_name"] != "finish":
            yield from _call(step["tool_name"], step["tool_args"] or {}, output)


_STEP = ("thought", "tool_name", "tool_args", "observation", "generated_code", "code_output")


def history_items(messages: Sequence[Mapping[str, Any]], outputs: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the steps of a `ReActV2`, by the messages of its prediction's `history`.

    Args:
        messages: The messages, those of earlier turns included.
        outputs: The names of its outputs.
    """
    own = {"next_thought", "tool_calls", *outputs}
    begun = max((index for index, message in enumerate(messages) if message.keys() - own), default=0)
    for message in messages[begun:]:
        yield from _thought(value_text(message.get("next_thought")))
        calls = message.get("tool_calls")
        results = getattr(getattr(calls, "tool_call_results", None), "tool_call_results", None) or ()
        by_id = {result.call_id: result for result in results}
        for call in getattr(calls, "tool_calls", ()):
            if call.name == "submit":
                continue
            result = by_id.get(call.id)
            text = value_text(result.value) if result is not None else ""
            yield from _call(call.name, call.args, text, call.id)


def _thought(text: Any) -> Iterator[dict[str, Any]]:
    if isinstance(text, str) and text.strip():
        yield {"type": "reasoning", "summary": [{"type": "summary_text", "text": text.strip()}]}


def _call(name: str, arguments: Any, output: Any, call_id: str | None = None) -> Iterator[dict[str, Any]]:
    call_id = call_id or new_call_id()
    yield {"type": "function_call", "call_id": call_id, "name": name, "arguments": json_text(arguments)}
    yield {"type": "function_call_output", "call_id": call_id, "output": last_line(value_text(output))}
