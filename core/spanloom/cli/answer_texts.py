"""The text in the answers of agents, whichever of the standard schemas they speak."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

__all__ = ["TextPrinter"]


class TextPrinter:
    """Prints the text of answers, and says of each whether it is an agent's at all."""

    def __init__(self) -> None:
        self._streamed: set[str] = set()
        self._open_line = False

    def whole(self, answer: Any) -> bool:
        """Print the text of a whole answer, each message on lines of its own."""
        texts = list(_texts(answer))
        for text in texts:
            self._write(f"{text}\n")
        return bool(texts)

    def part(self, event: Any) -> bool:
        """Print the text of a part of a stream, without anything around it."""
        if not isinstance(event, dict):
            return False
        kind = event.get("type")
        if kind == "response.output_text.delta":
            self._streamed.add(event.get("item_id", ""))
            self._write(event["delta"])
        elif kind == "response.output_item.done" and event["item"].get("id") not in self._streamed:
            self._write("".join(_texts({"output": [event["item"]]})))  # an agent that announces nothing
        elif isinstance(event.get("delta"), dict):
            self._write(event["delta"].get("content") or "")
        elif event.get("choices"):
            self._write(event["choices"][0].get("delta", {}).get("content") or "")
        else:
            return str(kind).startswith("response.")
        return True

    def end(self) -> None:
        """End the line that parts were printed on."""
        if self._open_line:
            self._write("\n")

    def _write(self, text: str) -> None:
        if text:
            sys.stdout.write(text)
            sys.stdout.flush()
            self._open_line = not text.endswith("\n")


def _texts(answer: Any) -> Iterator[str]:
    if not isinstance(answer, dict):
        return
    choices = [choice.get("message") for choice in answer.get("choices") or []]
    messages = answer.get("output") or answer.get("messages") or choices
    for message in messages:
        content = message.get("content") if isinstance(message, dict) and message.get("role") == "assistant" else None
        if isinstance(content, str) and content:
            yield content
        elif isinstance(content, list):
            yield "".join(part.get("text") or part.get("refusal") or "" for part in content)
