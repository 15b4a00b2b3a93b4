"""What a model has said so far, for a stream that does not reach its end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["PartialAnswer"]


class PartialAnswer:
    """Puts chunks together; DSPy gives them OpenAI's form."""

    def __init__(self) -> None:
        self._texts: dict[str, list[str]] = {}
        self._calls: dict[int, dict[str, Any]] = {}

    def add(self, chunk: Mapping[str, Any]) -> None:
        """Take the next chunk."""
        for choice in chunk["choices"]:
            delta = choice["delta"]
            for name in ("content", "reasoning_content"):
                if delta.get(name):
                    self._texts.setdefault(name, []).append(delta[name])
            for fragment in delta.get("tool_calls") or ():
                self._add_call(fragment)

    def _add_call(self, fragment: Mapping[str, Any]) -> None:
        call = self._calls.setdefault(fragment["index"], {"id": None, "name": None, "arguments": []})
        function = fragment["function"]
        call["id"] = call["id"] or fragment.get("id")
        call["name"] = call["name"] or function.get("name")
        call["arguments"].append(function.get("arguments") or "")

    def outputs(self) -> dict[str, Any]:
        """Return the answer so far."""
        message: dict[str, Any] = {"role": "assistant", "content": None}
        message.update({name: "".join(texts) for name, texts in self._texts.items()})
        if self._calls:
            message["tool_calls"] = [
                {
                    "id": call["id"],
                    "type": "function",
                    "function": {"name": call["name"], "arguments": "".join(call["arguments"])},
                }
                for call in self._calls.values()
            ]
        return {"messages": [message]}
