"""What a streaming model gave before it was stopped."""

from __future__ import annotations

from typing import Any

from spanloom.tracing.settings import settings
from spanloom_autolog.langchain.messages import chat_message

__all__ = ["PartialAnswer"]


class PartialAnswer:
    """Keeps the chunks of one model run; they are put together only if the run is never ended properly."""

    __slots__ = ("_chunks",)

    def __init__(self) -> None:
        self._chunks: list[Any] = []

    def add(self, token: Any, chunk: Any) -> None:
        """Take a chunk (`ChatGenerationChunk`, `GenerationChunk`), or only its text."""
        if len(self._chunks) < settings.max_stream_chunks:
            self._chunks.append(token if chunk is None else chunk)

    def outputs(self) -> Any:
        """Return the answer so far."""
        chunks = [chunk for chunk in self._chunks if not isinstance(chunk, str)]
        if not chunks:
            return "".join(self._chunks)
        whole = chunks[0]
        for chunk in chunks[1:]:
            whole += chunk
        message = getattr(whole, "message", None)
        return {"messages": [chat_message(message)]} if message is not None else {"choices": [{"text": whole.text}]}
