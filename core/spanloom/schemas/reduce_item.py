"""One output item of a stream while its events come in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["UnfinishedItem"]

_PART_TYPES = {
    "response.output_text": "output_text",
    "response.output_text.annotation": "output_text",
    "response.refusal": "refusal",
    "response.reasoning_text": "reasoning_text",
    "response.reasoning_summary_text": "summary_text",
    "response.reasoning_summary_part": "summary_text",
    "response.function_call_arguments": "arguments",
    "response.content_part": "output_text",
}
_SUMMARY = frozenset({"response.reasoning_summary_text", "response.reasoning_summary_part"})


class UnfinishedItem:
    """Collects what the events say about one item; `done`, the finished item, wins over everything."""

    __slots__ = ("done", "id", "index", "kind", "order", "parts", "started", "summary")

    def __init__(self, kind: str, item_id: str | None, index: int | None, order: int) -> None:
        self.kind = kind
        self.id = item_id
        self.index = index
        self.order = order
        self.started: dict[str, Any] | None = None
        self.done: dict[str, Any] | None = None
        self.parts: dict[int, _Part] = {}
        self.summary: dict[int, _Part] = {}

    def change(self, subject: str, action: str, fields: Mapping[str, Any]) -> None:
        """Take in an event `{subject}.{action}` about this item's content."""
        if subject in _SUMMARY:
            parts, position = self.summary, fields.get("summary_index") or 0
        else:
            parts, position = self.parts, fields.get("content_index") or 0
        part = parts.get(position)
        if part is None:
            part = parts[position] = _Part(_PART_TYPES[subject])
        if action == "delta":
            part.deltas.append(fields.get("delta") or "")
        elif subject == "response.output_text.annotation":
            part.annotations.append(fields.get("annotation"))
        elif "part" in fields:
            part.given = dict(fields["part"])
        else:
            part.text = fields.get("text", fields.get("refusal", fields.get("arguments")))

    def text(self) -> str:
        """Return the text of the deltas so far."""
        return "".join(part.whole() for _, part in sorted(self.parts.items()))

    def done_text(self) -> str:
        """Return the text of the finished item."""
        parts = (self.done or {}).get("content") or ()
        return "".join(part.get("text", "") for part in parts if isinstance(part, dict))

    def body(self) -> dict[str, Any] | None:
        """Return the item as a wire dict, or None when nothing useful is known about it."""
        if self.done is not None:
            return self.done
        body = dict(self.started or {"type": self.kind, "id": self.id})
        # Without an `added` the author uses the short form (deltas only), and the stream's end ends the item.
        body["status"] = "completed" if self.started is None else "incomplete"
        kind = body["type"]
        if kind == "message":
            body |= {"role": "assistant", "content": _bodies(self.parts)}
            return body if body["content"] else None
        if kind == "reasoning":
            body["summary"] = _bodies(self.summary) or body.get("summary", [])
            if self.parts:
                body["content"] = _bodies(self.parts)
            return body
        if kind == "function_call":
            if self.parts:
                body["arguments"] = self.parts[0].whole()
            return body if "call_id" in body else None
        return body


class _Part:
    __slots__ = ("annotations", "deltas", "given", "kind", "text")

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.given: dict[str, Any] = {}
        self.deltas: list[str] = []
        self.text: str | None = None
        self.annotations: list[Any] = []

    def whole(self) -> str:
        return self.text if self.text is not None else "".join(self.deltas)

    def body(self) -> dict[str, Any]:
        kind = self.given.get("type", self.kind)
        key = "refusal" if kind == "refusal" else "text"
        body = {"type": kind, **self.given}
        body[key] = self.whole() or self.given.get(key, "")
        if kind == "output_text":
            body["annotations"] = self.annotations or self.given.get("annotations") or []
        return body


def _bodies(parts: dict[int, _Part]) -> list[dict[str, Any]]:
    return [part.body() for _, part in sorted(parts.items())]
