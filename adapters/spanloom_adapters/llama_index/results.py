"""What engines and workflows give in the end, as response items.

Text, messages and answers of models are text; nodes are cited by it, and alone they are the text, one paragraph each.
Streams are read to their end. Any other value is structured output: the value in
`custom_outputs["structured_response"]`, and JSON text unless something else was said.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse
from llama_index.core.base.response.schema import (
    AsyncStreamingResponse,
    PydanticResponse,
    Response,
    StreamingResponse,
)
from llama_index.core.chat_engine.types import AgentChatResponse, StreamingAgentChatResponse
from llama_index.core.workflow import StopEvent
from pydantic_core import to_jsonable_python

from spanloom.agents.adapter import Run
from spanloom.agents.threads import iterate_in_thread
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.llama_index.arrivals import read_ahead
from spanloom_adapters.llama_index.model_turn import ModelTurn
from spanloom_adapters.llama_index.sources import Sources, nodes_of

__all__ = ["ResultWriter", "add_piece", "pieces_of"]

Events = list[ResponsesAgentStreamEvent]


class ResultWriter:
    """Writes results.

    Args:
        run: The run whose response is written.
        sources: What was retrieved for it.
    """

    def __init__(self, run: Run, sources: Sources) -> None:
        self._run = run
        self._sources = sources

    async def stream(
        self,
        result: Any,
        said: str | None = None,
        speaker: str | None = None,
        pieces: AsyncGenerator[Any, None] | None = None,
    ) -> AsyncGenerator[ResponsesAgentStreamEvent, None]:
        """Yield the events of a result, which may be a stream.

        Args:
            result: The result.
            said: What the user was told already.
            speaker: Who says it, where several agents speak.
            pieces: What the stream gives, where it is read in a way of its own.
        """
        if pieces is None:
            pieces = _async_pieces(result)
        if pieces is None:
            for event in self.write(result, said, speaker):
                yield event
            return
        self._sources.add(nodes_of(result))
        turn = ModelTurn(self._run.response, self._sources)
        async with aclosing(pieces):
            async for piece in pieces:
                for event in add_piece(turn, piece):
                    yield event
        for event in turn.finish():
            yield event

    def write(self, result: Any, said: str | None = None, speaker: str | None = None) -> Events:
        """Return the events of a result that is no stream."""
        nodes = nodes_of(result)
        self._sources.add(nodes)
        if isinstance(result, PydanticResponse):
            return self._write_value(result.response, said, speaker)
        text = _text_of(result)
        if text is None and nodes:
            text = "\n\n".join(node.get_content() for node in nodes)
        if text is None:
            return self._write_value(result, said, speaker)
        if said is not None and said.split() == text.split():
            return []
        turn = ModelTurn(self._run.response, self._sources, speaker=speaker)
        message = result.message if isinstance(result, ChatResponse) else result
        if isinstance(message, ChatMessage):
            return turn.add_message(message, getattr(result, "raw", None)) + turn.finish()
        return turn.add(text) + turn.finish()

    def _write_value(self, value: Any, said: str | None, speaker: str | None) -> Events:
        if isinstance(value, StopEvent):
            value = value.model_dump(mode="python")
        if value is None or value == []:
            return []
        plain = self._run.custom_outputs["structured_response"] = to_jsonable_python(value, fallback=str)
        if said is not None:
            return []
        turn = ModelTurn(self._run.response, self._sources, speaker=speaker)
        return turn.add(json.dumps(plain, ensure_ascii=False)) + turn.finish()


def pieces_of(result: Any) -> AsyncIterator[Any] | Iterator[Any] | None:
    """Return the pieces that a streaming result comes in; `None` for one that is whole."""
    if isinstance(result, StreamingResponse | AsyncStreamingResponse):
        stream: Any = result.response_gen
    elif isinstance(result, StreamingAgentChatResponse):
        stream = result.async_response_gen() if result.achat_stream is not None else result.response_gen
    else:
        stream = result
    return stream if isinstance(stream, AsyncIterator | Iterator) else None


def _async_pieces(result: Any) -> AsyncGenerator[Any, None] | None:
    pieces = pieces_of(result)
    if isinstance(pieces, Iterator):
        return iterate_in_thread(lambda: pieces)  # type: ignore[return-value] # a generator
    return None if pieces is None else read_ahead(pieces)


def add_piece(turn: ModelTurn, piece: Any) -> Events:
    """Add a piece of a stream: a token, or the answer of a model so far with what is new in it."""
    if isinstance(piece, ChatResponse):
        return turn.add(piece.delta, piece.additional_kwargs.get("thinking_delta"), piece.raw)
    if isinstance(piece, CompletionResponse):
        return turn.add(piece.delta, raw=piece.raw)
    return turn.add(str(piece)) if piece is not None else []


def _text_of(result: Any) -> str | None:
    """Return the text of a result that is one; `None` of any other value."""
    if isinstance(result, str):
        return result
    if isinstance(result, Response | AgentChatResponse):
        return result.response or ""
    if isinstance(result, ChatResponse):
        return result.message.content or ""
    if isinstance(result, ChatMessage):
        return result.content or ""
    return result.text if isinstance(result, CompletionResponse) else None
