"""What an agent answered, in a form that is the same for both schemas."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

__all__ = ["Answer", "Part", "chat_answer", "chat_parts", "responses_answer"]

Part = tuple[Any, ...]
"""`("text", text)`, `("reasoning", text)`, `("refusal", text)`, `("call", name, arguments)`,
`("result", name of the call, text)` or `("approval", name, arguments)`."""


class Answer(NamedTuple):
    """An answer.

    Attributes:
        parts: What was said and done, in order.
        finish: `completed`, or the reason why it is incomplete.
        usage: Input and output tokens; `None` where they are not known.
        custom_outputs: As in the response.
        names: Who speaks, of each text.
        deltas: In how many pieces text came; 0 where it was not streamed.
        body: The response as a whole.
    """

    parts: list[Part]
    finish: str | None
    usage: tuple[int, int] | None
    custom_outputs: dict[str, Any]
    names: list[str | None]
    deltas: int
    body: dict[str, Any]

    @property
    def text(self) -> str:
        """All text, joined."""
        return "".join(part[1] for part in self.parts if part[0] == "text")


def responses_answer(body: dict[str, Any], deltas: int = 0) -> Answer:
    """Read a response of a `ResponsesAgent`."""
    usage = body.get("usage")
    details = body.get("incomplete_details") or {}
    return Answer(
        list(_item_parts(body["output"])),
        details.get("reason") or body.get("status"),
        (usage["input_tokens"], usage["output_tokens"]) if usage else None,
        body.get("custom_outputs") or {},
        [item.get("name") for item in body["output"] if item["type"] == "message"],
        deltas,
        body,
    )


def _item_parts(items: Sequence[Mapping[str, Any]]) -> Iterable[Part]:
    names = {item["call_id"]: item["name"] for item in items if item["type"] == "function_call"}
    for item in items:
        kind = item["type"]
        if kind == "message":
            for part in item["content"]:
                yield ("refusal", part["refusal"]) if part["type"] == "refusal" else ("text", part["text"])
        elif kind == "reasoning":
            yield "reasoning", "".join(part["text"] for part in item["summary"] or item.get("content") or ())
        elif kind in ("function_call", "mcp_approval_request"):
            yield "call" if kind == "function_call" else "approval", item["name"], json.loads(item["arguments"] or "{}")
        elif kind == "function_call_output":
            yield "result", names.get(item["call_id"]), text_of(item["output"])
        else:
            yield kind, dict(item)


def chat_answer(body: dict[str, Any], deltas: int = 0) -> Answer:
    """Read a response of a `ChatAgent`."""
    usage = body.get("usage")
    texts = [message for message in body["messages"] if message["role"] == "assistant" and message.get("content")]
    finish = body.get("finish_reason")
    return Answer(
        list(_message_parts(body["messages"])),
        {"stop": "completed", "length": "max_output_tokens"}.get(finish or "", finish),
        (usage["prompt_tokens"], usage["completion_tokens"]) if usage else None,
        body.get("custom_outputs") or {},
        [message.get("name") for message in texts],
        deltas,
        body,
    )


def _message_parts(messages: Sequence[Mapping[str, Any]]) -> Iterable[Part]:
    names: dict[str, str] = {}
    for message in messages:
        if message["role"] == "tool":
            yield "result", names.get(message["tool_call_id"]), message["content"]
            continue
        if message.get("content"):
            yield "text", message["content"]
        for call in message.get("tool_calls") or ():
            names[call["id"]] = call["function"]["name"]
            yield "call", call["function"]["name"], json.loads(call["function"]["arguments"] or "{}")


def chat_parts(parts: Iterable[Part]) -> list[Part]:
    """Return the parts as a `ChatAgent` has them: no reasoning; refusals are text, approvals are calls."""
    words = {"refusal": "text", "approval": "call"}
    return [(words.get(part[0], part[0]), *part[1:]) for part in parts if part[0] != "reasoning"]


def text_of(content: Any) -> str:
    """Return the text of content that is a text or a list of parts."""
    if isinstance(content, str):
        return content
    return "".join(part.get("text") or "" for part in content)
