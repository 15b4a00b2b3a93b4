"""The open calls of a run, by DSPy's call ids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

__all__ = ["ModuleCall", "ModuleCalls", "PendingCall"]


class PendingCall:
    """A tool call that a model asked for and that has no result yet.

    Attributes:
        native_id: The model's id for it, if it gave one.
        call_id: The id that its item has.
        name: The tool.
        arguments: Its arguments.
        taken: Whether the tool was begun.
    """

    def __init__(self, native_id: str | None, call_id: str, name: str, arguments: Any) -> None:
        self.native_id = native_id
        self.call_id = call_id
        self.name = name
        self.arguments = arguments
        self.taken = False


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

    def __init__(self, instance: Any, parent: ModuleCall | None) -> None:
        self.instance = instance
        self.parent = parent
        self.asked = False
        self.prompt: tuple[Any, Any] | None = None
        self.thoughts: list[str] = []
        self.pending: list[PendingCall] = []

    def chain(self) -> Iterator[ModuleCall]:
        """Yield this call and those around it."""
        call: ModuleCall | None = self
        while call is not None:
            yield call
            call = call.parent


class ModuleCalls:
    """The modules that are running."""

    def __init__(self) -> None:
        self._open: dict[str, ModuleCall] = {}

    def begin(self, call_id: str, parent_id: str | None, instance: Any) -> ModuleCall:
        """Remember a call."""
        call = self._open[call_id] = ModuleCall(instance, self.get(parent_id))
        return call

    def get(self, call_id: str | None) -> ModuleCall | None:
        """Return an open call."""
        return self._open.get(call_id) if call_id is not None else None

    def end(self, call_id: str) -> ModuleCall | None:
        """Return a call and forget it."""
        return self._open.pop(call_id, None)
