"""A version as text, and what is different between two."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from spanloom.prompts.prompt import PromptVersion

__all__ = ["as_text", "unified"]


def as_text(prompt: PromptVersion) -> str:
    """Return all of a version that a model sees, as lines to read and to compare."""
    parts = [prompt.template] if isinstance(prompt.template, str) else []
    if not isinstance(prompt.template, str):
        for message in prompt.template:
            content = message.get("content")
            rest = {key: value for key, value in message.items() if key not in {"role", "content"}}
            parts.append(f"[{message['role']}]\n{content if isinstance(content, str) else _json(content)}")
            parts += [_json(rest)] if rest else []
    for name in ("model_config", "response_format"):
        value = getattr(prompt, name)
        if value is not None:
            parts.append(f"[{name}]\n{_json(value)}")
    return "\n\n".join(parts)


def unified(first: PromptVersion, second: PromptVersion) -> str:
    """Return the unified diff of two versions; empty if they are alike."""
    before, after = (as_text(each).split("\n") for each in (first, second))
    return "\n".join(difflib.unified_diff(before, after, first.uri, second.uri, lineterm=""))


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
