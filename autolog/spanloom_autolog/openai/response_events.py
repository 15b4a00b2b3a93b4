"""Putting the events of a streamed response together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, NamedTuple

from spanloom_autolog.clients.fields import field

__all__ = ["EventReader", "PartialResponse"]


class PartialResponse(NamedTuple):
    """What is known of a response that did not reach its end; its names are those of the client's model."""

    id: str | None
    model: str | None
    status: str
    output: list[Any]
    usage: Any = None
    error: Any = None
    incomplete_details: Any = None


class EventReader:
    """Takes the whole response from the last event; without one, the items as far as they came."""

    def __init__(self) -> None:
        self._begun: Any = None
        self._ended: Any = None
        self._error: Any = None
        self._items: dict[int, Any] = {}
        self._texts: defaultdict[int, list[str]] = defaultdict(list)

    def add(self, event: Any) -> None:
        """Take the next event."""
        take = _TAKE.get(event.type)
        if take is not None:
            take(self, event)

    def result(self) -> Any:
        """Return the response, in full or as far as it came."""
        ended = self._ended
        if ended is not None and (ended.output or not self._items):
            return ended
        items = [self._item(index) for index in sorted(self._items)]
        if ended is not None:
            # A response that failed lists finished items only; what was said until then is worth keeping.
            return PartialResponse(
                ended.id, ended.model, ended.status, items, ended.usage, ended.error, ended.incomplete_details
            )
        status = "failed" if self._error is not None else "in_progress"
        begun = self._begun
        return PartialResponse(field(begun, "id"), field(begun, "model"), status, items, error=self._error)

    def _item(self, index: int) -> Any:
        item, text = self._items[index], "".join(self._texts[index])
        if not text:
            return item
        kind = field(item, "type")
        if kind == "message":
            return {"type": kind, "role": "assistant", "content": [{"type": "output_text", "text": text}]}
        if kind == "reasoning":
            return {"type": kind, "summary": [{"text": text}]}
        return {
            "type": kind,
            "call_id": field(item, "call_id"),
            "name": field(item, "name"),
            "arguments": text,
            "input": text,
        }

    def _begin(self, event: Any) -> None:
        self._begun = event.response

    def _end(self, event: Any) -> None:
        self._ended = event.response

    def _fail(self, event: Any) -> None:
        self._error = event

    def _open_item(self, event: Any) -> None:
        self._items[event.output_index] = event.item

    def _close_item(self, event: Any) -> None:
        self._items[event.output_index] = event.item
        self._texts.pop(event.output_index, None)

    def _add_text(self, event: Any) -> None:
        self._texts[event.output_index].append(event.delta)


_TAKE: dict[str, Callable[[EventReader, Any], None]] = {
    "response.created": EventReader._begin,  # noqa: SLF001 - same module
    "response.completed": EventReader._end,  # noqa: SLF001
    "response.incomplete": EventReader._end,  # noqa: SLF001
    "response.failed": EventReader._end,  # noqa: SLF001
    "error": EventReader._fail,  # noqa: SLF001
    "response.output_item.added": EventReader._open_item,  # noqa: SLF001
    "response.output_item.done": EventReader._close_item,  # noqa: SLF001
    "response.output_text.delta": EventReader._add_text,  # noqa: SLF001
    "response.reasoning_summary_text.delta": EventReader._add_text,  # noqa: SLF001
    "response.reasoning_text.delta": EventReader._add_text,  # noqa: SLF001
    "response.function_call_arguments.delta": EventReader._add_text,  # noqa: SLF001
    "response.custom_tool_call_input.delta": EventReader._add_text,  # noqa: SLF001
}
