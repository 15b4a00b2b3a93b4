"""Output items that a stream is still writing: each turns what it is told into the events of OpenAI's grammar.

Events are `(type, fields)` pairs here; `ResponseStreamBuilder` gives them their sequence numbers.
"""

from __future__ import annotations

from typing import Any

from spanloom.schemas.ids import new_function_call_id, new_message_id, new_reasoning_id

__all__ = ["OpenFunctionCall", "OpenItem", "OpenMessage", "OpenOther", "OpenReasoning", "Pair"]

Pair = tuple[str, dict[str, Any]]


class OpenMessage:
    """A message: text and refusal parts, one open at a time."""

    __slots__ = ("_annotations", "_chunks", "_name", "_parts", "_where", "id", "index")

    def __init__(self, index: int, item_id: str | None = None, name: str | None = None) -> None:
        self.id = item_id or new_message_id()
        self._name = name
        self.index = index
        self._parts: list[dict[str, Any]] = []
        self._chunks: list[str] | None = None
        self._annotations: list[dict[str, Any]] = []
        self._where: dict[str, Any] = {}

    def begin(self) -> list[Pair]:
        """Announce the item."""
        return [_added(self.index, self._item("in_progress"))]

    def delta(self, kind: str, text: str) -> list[Pair]:
        """Add text to the open part; a part of another `kind` (`output_text` or `refusal`) is finished first."""
        pairs: list[Pair] = []
        if self._chunks is None or self._parts[-1]["type"] != kind:
            pairs = self.open_part(kind)
        assert self._chunks is not None
        self._chunks.append(text)
        fields = {**self._where, "delta": text}
        if kind == "output_text":
            fields["logprobs"] = []
        pairs.append((f"response.{kind}.delta", fields))
        return pairs

    def annotate(self, annotation: dict[str, Any]) -> list[Pair]:
        """Add an annotation to the open text part."""
        pairs = [] if self._chunks is not None else self.open_part("output_text")
        fields = {**self._where, "annotation_index": len(self._annotations), "annotation": annotation}
        self._annotations.append(annotation)
        return [*pairs, ("response.output_text.annotation.added", fields)]

    def open_part(self, kind: str) -> list[Pair]:
        """Finish the open part, if any, and begin one of `kind`."""
        pairs = self._close_part()
        part = _text_part("", []) if kind == "output_text" else {"type": "refusal", "refusal": ""}
        self._where = {"item_id": self.id, "output_index": self.index, "content_index": len(self._parts)}
        self._parts.append(part)
        self._chunks, self._annotations = [], []
        return [*pairs, ("response.content_part.added", {**self._where, "part": part})]

    def finish(self, status: str, item: dict[str, Any] | None = None) -> list[Pair]:
        """Finish the open part and the item; `item` replaces the one put together here."""
        pairs = [] if self._parts else self.open_part("output_text")
        pairs += self._close_part()
        pairs.append(_done(self.index, item or self._item(status)))
        return pairs

    def _close_part(self) -> list[Pair]:
        if self._chunks is None:
            return []
        text, kind = "".join(self._chunks), self._parts[-1]["type"]
        self._chunks = None
        if kind == "output_text":
            part = _text_part(text, self._annotations)
            done = {**self._where, "text": text, "logprobs": []}
        else:
            part = {"type": "refusal", "refusal": text}
            done = {**self._where, "refusal": text}
        self._parts[-1] = part
        return [(f"response.{kind}.done", done), ("response.content_part.done", {**self._where, "part": part})]

    def _item(self, status: str) -> dict[str, Any]:
        return {
            "id": self.id,
            "type": "message",
            "status": status,
            "role": "assistant",
            "content": list(self._parts),
            **({"name": self._name} if self._name else {}),
        }


class OpenFunctionCall:
    """A function call whose arguments come in pieces."""

    __slots__ = ("_call_id", "_chunks", "_name", "_where", "id", "index")

    def __init__(self, index: int, call_id: str, name: str, item_id: str | None = None) -> None:
        self.id = item_id or new_function_call_id()
        self.index = index
        self._call_id = call_id
        self._name = name
        self._chunks: list[str] = []
        self._where = {"item_id": self.id, "output_index": index}

    def begin(self) -> list[Pair]:
        """Announce the item."""
        return [_added(self.index, self._item("in_progress"))]

    def delta(self, arguments: str) -> list[Pair]:
        """Add a piece of the arguments."""
        self._chunks.append(arguments)
        return [("response.function_call_arguments.delta", {**self._where, "delta": arguments})]

    def finish(self, status: str, item: dict[str, Any] | None = None) -> list[Pair]:
        """Finish the arguments and the item; `item` replaces the one put together here."""
        final = item or self._item(status)
        done = {**self._where, "name": self._name, "arguments": final["arguments"]}
        return [("response.function_call_arguments.done", done), _done(self.index, final)]

    def _item(self, status: str) -> dict[str, Any]:
        return {
            "id": self.id,
            "type": "function_call",
            "status": status,
            "call_id": self._call_id,
            "name": self._name,
            "arguments": "".join(self._chunks),
        }


class OpenReasoning:
    """Reasoning whose summary comes in pieces; each paragraph is one summary part."""

    __slots__ = ("_chunks", "_summary", "_where", "id", "index")

    def __init__(self, index: int, item_id: str | None = None) -> None:
        self.id = item_id or new_reasoning_id()
        self.index = index
        self._summary: list[dict[str, Any]] = []
        self._chunks: list[str] | None = None
        self._where: dict[str, Any] = {}

    def begin(self) -> list[Pair]:
        """Announce the item."""
        return [_added(self.index, self._item("in_progress"))]

    def delta(self, text: str) -> list[Pair]:
        """Add text to the open paragraph."""
        pairs = self.open_part() if self._chunks is None else []
        assert self._chunks is not None
        self._chunks.append(text)
        return [*pairs, ("response.reasoning_summary_text.delta", {**self._where, "delta": text})]

    def open_part(self) -> list[Pair]:
        """Finish the open paragraph, if any, and begin another."""
        pairs = self._close_part()
        self._where = {"item_id": self.id, "output_index": self.index, "summary_index": len(self._summary)}
        part = {"type": "summary_text", "text": ""}
        self._summary.append(part)
        self._chunks = []
        return [*pairs, ("response.reasoning_summary_part.added", {**self._where, "part": part})]

    def finish(self, status: str, item: dict[str, Any] | None = None) -> list[Pair]:
        """Finish the open paragraph and the item; `item` replaces the one put together here."""
        return [*self._close_part(), _done(self.index, item or self._item(status))]

    def _close_part(self) -> list[Pair]:
        if self._chunks is None:
            return []
        text = "".join(self._chunks)
        self._chunks = None
        part = {"type": "summary_text", "text": text}
        self._summary[-1] = part
        return [
            ("response.reasoning_summary_text.done", {**self._where, "text": text}),
            ("response.reasoning_summary_part.done", {**self._where, "part": part}),
        ]

    def _item(self, status: str) -> dict[str, Any]:
        return {"id": self.id, "type": "reasoning", "status": status, "summary": list(self._summary)}


class OpenOther:
    """An item of any other type, such as a hosted tool's call: events of its own tell how far it has come."""

    __slots__ = ("_body", "_where", "id", "index")

    def __init__(self, index: int, body: dict[str, Any]) -> None:
        self.id: str = body["id"]
        self.index = index
        self._body = body
        self._where = {"item_id": self.id, "output_index": index}

    def begin(self) -> list[Pair]:
        """Announce the item."""
        return [_added(self.index, self._body)]

    def progress(self, kind: str, fields: dict[str, Any]) -> list[Pair]:
        """Pass on an event about the item."""
        return [(kind, {**fields, **self._where})]

    def finish(self, status: str, item: dict[str, Any] | None = None) -> list[Pair]:
        """Finish the item as it was announced, or as `item`."""
        return [_done(self.index, item or {**self._body, "status": status})]


OpenItem = OpenMessage | OpenFunctionCall | OpenReasoning | OpenOther
"""An item that is still being written."""


def _added(index: int, item: dict[str, Any]) -> Pair:
    return "response.output_item.added", {"output_index": index, "item": item}


def _done(index: int, item: dict[str, Any]) -> Pair:
    return "response.output_item.done", {"output_index": index, "item": item}


def _text_part(text: str, annotations: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "output_text", "text": text, "annotations": annotations, "logprobs": []}
