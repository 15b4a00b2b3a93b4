"""DSPy's values as plain data: predictions, examples, conversations, and its custom types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dspy import Example, History, Tool  # type: ignore[import-untyped]
from dspy.adapters.types.base_type import Type  # type: ignore[import-untyped]
from dspy.adapters.types.tool import ToolCalls  # type: ignore[import-untyped]

__all__ = ["plain"]

_MAX_DEPTH = 16


def plain(value: Any, depth: int = 0) -> Any:  # noqa: PLR0911 - one line a kind
    """Return a copy of `value` in which DSPy's own objects are plain; whatever else is in there stays as it is."""
    if value is None or isinstance(value, str | int | float) or depth > _MAX_DEPTH:
        return value
    if isinstance(value, Example):  # predictions, too
        return {str(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, Mapping):
        return {key: plain(item, depth + 1) for key, item in list(value.items())}
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        return [plain(item, depth + 1) for item in list(value)]
    if isinstance(value, History):
        return {"messages": plain(value.messages, depth + 1)}
    if isinstance(value, Type):
        return _custom(value, depth)
    return value


def _custom(value: Type, depth: int) -> Any:
    # Serialized as a field of a model it would be a string between markers that are meant for DSPy's adapters.
    if isinstance(value, Tool):
        return value.name
    if isinstance(value, ToolCalls):
        calls = [{"id": call.id, "name": call.name, "args": plain(call.args, depth + 1)} for call in value.tool_calls]
        results = plain(getattr(value, "tool_call_results", None), depth + 1)
        return {"tool_calls": calls, **({"tool_call_results": results} if results is not None else {})}
    return plain(value.format(), depth + 1)
