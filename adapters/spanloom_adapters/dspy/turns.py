"""A conversation in turns: what the user said, and the steps in which it was answered."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

__all__ = ["Call", "Step", "Turn", "content_text", "read_turns"]


class Call(NamedTuple):
    """A tool call."""

    call_id: str
    name: str
    arguments: dict[str, Any]


@dataclass
class Step:
    """What a model did in one go.

    Attributes:
        thought: What it thought, or said before it called tools.
        calls: Which tools it called.
        results: What they gave, by call id.
        text: What it said.
    """

    thought: list[str] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    results: dict[str, str] = field(default_factory=dict)
    text: str | None = None


@dataclass
class Turn:
    """What the user said, as content parts, and the steps that followed."""

    user: list[dict[str, Any]] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)

    @property
    def text(self) -> str | None:
        """What was answered in the end."""
        return self.steps[-1].text if self.steps else None


def read_turns(items: Iterable[dict[str, Any]]) -> tuple[list[str], list[Turn]]:
    """Return what the system said, and the turns; items that are no part of a conversation are left out."""
    system: list[str] = []
    turns: list[Turn] = []
    for item in items:
        kind, role = item.get("type", "message"), item.get("role")
        if kind == "message" and role in ("system", "developer"):
            system.append(content_text(item["content"]))
        elif kind == "message" and role == "user":
            if not turns or turns[-1].steps:
                turns.append(Turn())
            elif turns[-1].user:
                turns[-1].user.append({"type": "input_text", "text": "\n\n"})
            turns[-1].user += _parts(item["content"])
        elif kind in ("message", "reasoning", "function_call", "function_call_output"):
            if not turns:
                turns.append(Turn())
            _add(item, kind, turns[-1].steps)
    return system, turns


def _add(item: dict[str, Any], kind: str, steps: list[Step]) -> None:
    if kind == "function_call_output":
        for step in reversed(steps):
            if any(call.call_id == item["call_id"] for call in step.calls):
                step.results[item["call_id"]] = content_text(item["output"])
                return
        return
    step = steps[-1] if steps else Step()
    if not steps or step.results or (kind != "function_call" and step.calls) or (kind == "reasoning" and step.text):
        step = Step()
        steps.append(step)
    if kind == "reasoning":
        step.thought.append("".join(part["text"] for part in item.get("summary") or item.get("content") or ()))
    elif kind == "message":
        text = content_text(item["content"])
        step.text = text if step.text is None else f"{step.text}\n\n{text}"
    else:
        if step.text is not None:
            step.thought.append(step.text)
            step.text = None
        step.calls.append(Call(item["call_id"], item["name"], _arguments(item["arguments"])))


def content_text(content: str | Iterable[Mapping[str, Any]]) -> str:
    """Return the text of content, or of its parts."""
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text") or part.get("refusal") or "") for part in content)


def _parts(content: str | list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"type": "input_text", "text": content}] if isinstance(content, str) else content


def _arguments(text: str) -> dict[str, Any]:
    try:
        arguments = json.loads(text or "{}")
    except ValueError:
        arguments = text
    return arguments if isinstance(arguments, dict) else {"arguments": arguments}
