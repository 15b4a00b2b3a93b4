"""Makes a well-formed response stream of the events of an agent that leaves some out, or says things twice."""

from __future__ import annotations

from typing import Any

from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.stream_event import TERMINAL_EVENTS, ResponsesAgentStreamEvent

__all__ = ["StreamCompleter"]

Events = list[ResponsesAgentStreamEvent]

_SHORT = "short form"
"""The key of the message that comes as deltas alone: nobody announced it."""

_DERIVED = frozenset(
    {
        "response.created",
        "response.queued",
        "response.in_progress",
        "response.content_part.added",
        "response.content_part.done",
        "response.output_text.done",
        "response.refusal.done",
        "response.function_call_arguments.done",
        "response.reasoning_summary_part.done",
        "response.reasoning_summary_text.done",
        "response.reasoning_text.done",
        "response.reasoning_part.added",
        "response.reasoning_part.done",
    }
)
"""Events that follow from the others; they are written anew."""

_WRITTEN = frozenset({"id", "type", "role", "content", "summary", "status", "call_id", "arguments"})
"""Fields of a finished item that follow from its events."""

_MESSAGES = frozenset({"response.output_text", "response.output_text.annotation", "response.refusal"})
_REASONING = frozenset({"response.reasoning_summary_text", "response.reasoning_text"})
_SUMS = ("input_tokens", "output_tokens", "total_tokens")


class StreamCompleter:
    """Takes the events of an agent one at a time and returns those to send; see `ResponseStreamBuilder`.

    Agents may yield the short form (text deltas, and each item when it is done), or the streams of several model calls
    one after the other, each with its own beginning and end. Ids, indices and sequence numbers are put right; what was
    said twice is sent once.

    Args:
        fields: Fields of the response body, `model` above all.

    Example:
        >>> completer = StreamCompleter(model="m")
        >>> delta = ResponsesAgentStreamEvent(type="response.output_text.delta", item_id="1", delta="hi")
        >>> [event.type for event in [*completer.start(), *completer.add(delta), *completer.finish()]][-1]
        'response.completed'
    """

    __slots__ = ("_custom_outputs", "_ending", "_said", "_seen", "_stream", "_usage")

    def __init__(self, **fields: Any) -> None:
        self._stream = ResponseStreamBuilder(**fields)
        self._said: dict[object, str] = {}
        self._seen: set[str] = set()
        self._usage: dict[str, Any] | None = None
        self._ending: dict[str, Any] = {}
        self._custom_outputs: dict[str, Any] = {}

    def start(self) -> Events:
        """Begin the response."""
        return self._stream.start()

    def add(self, event: ResponsesAgentStreamEvent) -> Events:
        """Take in the next event."""
        self._custom_outputs |= event.custom_outputs or {}
        fields = event.model_extra or {}
        kind = event.type
        if kind in _DERIVED:
            return []
        if kind in TERMINAL_EVENTS:
            return self._end_turn(fields["response"])
        if kind == "error":
            error = {"code": fields.get("code") or "server_error", "message": fields["message"]}
            self._ending = {"status": "failed", "error": error}
            return []
        if kind == "response.output_item.added":
            return self._begin(fields["item"])
        if kind == "response.output_item.done":
            return self._finish_item(fields["item"])
        return self._change(kind, fields.get("item_id"), fields)

    def finish(self) -> Events:
        """End the response as the agent said, or else as completed."""
        ending = dict(self._ending)
        outputs = self._custom_outputs or None
        return self._stream.finish(
            ending.pop("status", "completed"), usage=self._usage, custom_outputs=outputs, **ending
        )

    def fail(self, error: dict[str, Any]) -> Events:
        """End the response because the agent raised; `error` has a `code` and a `message`."""
        return self._stream.finish("failed", usage=self._usage, error=error)

    def _change(self, kind: str, item_id: str | None, fields: dict[str, Any]) -> Events:
        stream = self._stream
        subject, _, action = kind.rpartition(".")
        if subject in _MESSAGES:
            return self._change_message(subject, item_id if stream.is_open(item_id) else _SHORT, item_id, fields)
        if subject in _REASONING and action == "delta":
            self._note(item_id, fields["delta"])
            return stream.reasoning(fields["delta"], item_id, self._fresh(item_id))
        if kind == "response.reasoning_summary_part.added":
            return stream.reasoning_paragraph(item_id) if self._said.get(item_id) else []
        if kind == "response.function_call_arguments.delta":
            if not stream.is_open(item_id):
                return []  # the whole call comes when it is done
            self._note(item_id, fields["delta"])
            return stream.function_call_arguments(item_id, fields["delta"])
        own = {name: value for name, value in fields.items() if name != "sequence_number"}
        return stream.progress(item_id, kind, **own) if stream.is_open(item_id) else stream.event(kind, own)

    def _change_message(self, subject: str, key: object, item_id: str | None, fields: dict[str, Any]) -> Events:
        if subject == "response.output_text.annotation":
            return self._stream.annotation(fields["annotation"], key)
        if subject == "response.refusal":
            return self._stream.refusal(fields["delta"], key, self._fresh(item_id))
        self._note(key, fields["delta"])
        return self._stream.text(fields["delta"], key, self._fresh(item_id))

    def _note(self, key: object, delta: str) -> None:
        self._said[key] = self._said.get(key, "") + delta

    def _begin(self, item: dict[str, Any]) -> Events:
        key, kind = item.get("id"), item.get("type")
        if key is None or key in self._seen or self._stream.is_open(key):
            return []
        if kind == "message":
            return self._stream.begin_message(key, key, item.get("name"))
        if kind == "reasoning":
            return self._stream.reasoning("", key, key)
        if kind == "function_call":
            return self._stream.function_call(key, item["call_id"], item["name"], item_id=key)
        return self._stream.begin_item(key, item)

    def _finish_item(self, item: dict[str, Any]) -> Events:
        key, kind = item.get("id"), item.get("type")
        if not self._stream.is_open(key):
            key = _SHORT if kind == "message" and self._stream.is_open(_SHORT) else None
        if key is None:
            return self._whole_item(item)
        said, text = self._said.pop(key, ""), _text_of(item)
        if not text.startswith(said):
            events = self._stream.finish_item(key)
            self._seen.add(str(item.get("id")))  # what was said keeps the id; what is said now is another item
            return events + self._whole_item(item)
        events = self._rest(key, item, text[len(said) :])
        written = _WRITTEN if kind in {"message", "reasoning", "function_call"} else {"status"}
        own = {name: value for name, value in item.items() if name not in written}
        self._seen.add(str(item.get("id")))
        return events + self._stream.finish_item(key, item.get("status") or "completed", **own)

    def _rest(self, key: object, item: dict[str, Any], text: str) -> Events:
        """Say what the deltas did not."""
        stream, kind = self._stream, item.get("type")
        if kind == "message":
            events = stream.text(text, key) if text else []
            for part in item["content"] if key == _SHORT or text else ():
                for annotation in part.get("annotations") or ():
                    events += stream.annotation(annotation, key)
            return events
        if text and kind == "function_call":
            return stream.function_call_arguments(key, text)
        return stream.reasoning(text, key) if text and kind == "reasoning" else []

    def _whole_item(self, item: dict[str, Any]) -> Events:
        known = item.get("id")
        if known in self._seen or self._stream.is_open(known):
            item = {name: value for name, value in item.items() if name != "id"}
        elif known is not None:
            self._seen.add(known)
        return self._stream.item(item)

    def _end_turn(self, response: dict[str, Any]) -> Events:
        self._add_usage(response.get("usage"))
        self._custom_outputs |= response.get("custom_outputs") or {}
        self._ending = {name: response.get(name) for name in ("error", "incomplete_details", "metadata")}
        if response.get("status") in {"incomplete", "failed"}:
            self._ending["status"] = response["status"]
        nothing_came = not self._stream.output and not self._said
        events: Events = []
        for item in response.get("output") or ():
            if nothing_came or (item.get("id") is not None and item["id"] not in self._seen):
                events += self._finish_item(item)
        return events

    def _add_usage(self, usage: dict[str, Any] | None) -> None:
        if not usage:
            return
        if self._usage is None:
            self._usage = usage
            return
        total = {**self._usage, **{name: self._usage[name] + usage[name] for name in _SUMS}}
        for details in ("input_tokens_details", "output_tokens_details"):
            before, now = self._usage.get(details) or {}, usage.get(details) or {}
            total[details] = {name: (before.get(name) or 0) + (now.get(name) or 0) for name in {**before, **now}}
        self._usage = total

    def _fresh(self, item_id: str | None) -> str | None:
        return None if item_id in self._seen else item_id


def _text_of(item: dict[str, Any]) -> str:
    match item.get("type"):
        case "message":
            return "".join(part.get("text") or "" for part in item["content"])
        case "reasoning":
            return "".join(part.get("text") or "" for part in item.get("summary") or ())
        case "function_call":
            return str(item.get("arguments") or "")
    return ""
