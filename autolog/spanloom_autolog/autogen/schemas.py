"""The schema of a tool, which takes AutoGen longer to make than the rest of a span."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

__all__ = ["schema"]

_made: WeakKeyDictionary[type, tuple[Any, Any]] = WeakKeyDictionary()
"""By the class of a tool's arguments: what else it was made of, and the schema."""


def schema(tool: Any) -> Any:
    """Return `tool.schema`, made once as long as it is AutoGen's own way to make it."""
    from autogen_core.tools import BaseTool

    if type(tool).schema is not BaseTool.schema:
        return tool.schema
    arguments, made_of = tool.args_type(), (tool.name, tool.description, tool._strict)  # noqa: SLF001 - nothing public
    known = _made.get(arguments)
    if known is None or known[0] != made_of:
        known = _made[arguments] = (made_of, tool.schema)
    return known[1]
