"""Legacy completions (https://platform.openai.com/docs/api-reference/completions)."""

from __future__ import annotations

from typing import Any

from spanloom.instrument import Call
from spanloom_autolog.clients.fields import field
from spanloom_autolog.openai.chat import Completion
from spanloom_autolog.openai.request import parameters

__all__ = ["ChunkReader", "inputs", "outputs"]


def inputs(call: Call) -> dict[str, Any]:
    """Return prompt and parameters."""
    return parameters(call)


def outputs(completion: Any) -> str | list[str]:
    """Return the text, or one text for each choice."""
    texts = [field(choice, "text") for choice in completion.choices or ()]
    return texts[0] if len(texts) == 1 else texts


class ChunkReader:
    """Puts the chunks of a stream together."""

    def __init__(self) -> None:
        self._last: Any = None
        self._usage: Any = None
        self._texts: dict[int, list[str]] = {}
        self._reasons: dict[int, str] = {}

    def add(self, chunk: Any) -> None:
        """Take the next chunk."""
        self._last = chunk
        self._usage = chunk.usage or self._usage
        for choice in chunk.choices or ():
            self._texts.setdefault(choice.index, []).append(choice.text or "")
            if choice.finish_reason:
                self._reasons[choice.index] = choice.finish_reason

    def result(self) -> Completion:
        """Return what the chunks said so far."""
        choices = [
            {"text": "".join(self._texts[index]), "finish_reason": self._reasons.get(index)}
            for index in sorted(self._texts)
        ]
        return Completion(self._last.id, self._last.model, choices, self._usage)
