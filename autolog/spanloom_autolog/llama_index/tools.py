"""What a tool was given and what it returned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanloom_autolog.llama_index.values import arguments

__all__ = ["inputs", "name_of"]


def name_of(tool: Any) -> str:
    """Return the name under which models know a tool."""
    return tool.metadata.name or type(tool).__name__


def inputs(tool: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a tool by name."""
    named = dict(given)
    positional = named.pop("args", ())
    schema = tool.metadata.fn_schema
    names = list(schema.model_fields) if schema is not None else ["input"]
    return arguments({**dict(zip(names, positional, strict=False)), **named})
