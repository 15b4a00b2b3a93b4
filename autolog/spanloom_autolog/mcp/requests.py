"""What every request tells: its arguments, and the method of the protocol."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from spanloom.instrument import Call
from spanloom.tracing.attributes import MCP_METHOD

__all__ = ["argument", "method"]


def argument(call: Call, position: int, name: str) -> Any:
    """Return an argument that may be given by position or by name; `None` where it is not given."""
    return call.args[position] if len(call.args) > position else call.kwargs.get(name)


def method(name: str) -> Callable[[Call], Mapping[str, Any]]:
    """Return the reader of attributes for a method of the protocol."""
    attributes = {MCP_METHOD: name}
    return lambda _: attributes
