"""Calls of modules and tools that are under way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

__all__ = ["ModuleCall", "PendingCall"]


@dataclass
class PendingCall:
    """A tool call that a model asked for and that has no result yet.

    Attributes:
        native_id: The model's id for it, if it gave one.
        call_id: The id that its item has.
        name: The tool.
        arguments: Its arguments.
        taken: Whether the tool was begun.
    """

    native_id: str | None
    call_id: str
    name: str
    arguments: Any
    taken: bool = False


@dataclass(eq=False)
class ModuleCall:
    """A module that is running.

    Attributes:
        instance: The module.
        parent: The module that called it.
        asked: Whether a model was asked in it.
        prompt: The DSPy adapter and the signature of its last prompt.
        thoughts: The reasoning that its model calls streamed.
        pending: The tool calls that its model asked for.
    """

    instance: Any
    parent: ModuleCall | None
    asked: bool = False
    prompt: tuple[Any, Any] | None = None
    thoughts: list[str] = field(default_factory=list)
    pending: list[PendingCall] = field(default_factory=list)

    def chain(self) -> Iterator[ModuleCall]:
        """Yield this call and those around it."""
        call: ModuleCall | None = self
        while call is not None:
            yield call
            call = call.parent
