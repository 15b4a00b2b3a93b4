"""Text completions."""

from __future__ import annotations

from typing import Any

from spanloom_autolog.clients.fields import field
from spanloom_autolog.openai import completions
from spanloom_autolog.openai.chat import Completion
from spanloom_autolog.openai.completions import outputs

__all__ = ["ChunkReader", "outputs"]


class ChunkReader:
    """Puts the chunks of a stream together."""

    def __init__(self) -> None:
        self._reader = completions.ChunkReader()

    def add(self, chunk: Any) -> None:
        """Take the next chunk; its model is the one that was asked for."""
        self._reader.add(Completion(field(chunk, "id"), None, chunk.choices, field(chunk, "usage")))

    def result(self) -> Completion:
        """Return what the chunks said so far."""
        return self._reader.result()
