"""Calls that return before their answer is there: their spans end with the stream, which is never read for them."""

from __future__ import annotations

from types import AsyncGeneratorType, GeneratorType
from typing import Any

from spanloom.tracing.guard import guard
from spanloom.tracing.settings import settings
from spanloom.tracing.span import Span
from spanloom.tracing.streams import TracedAsyncIterator, TracedIterator
from spanloom_autolog.llama_index.hook import runs
from spanloom_autolog.llama_index.kinds import Kind
from spanloom_autolog.llama_index.runs import Run
from spanloom_autolog.llama_index.values import readable

__all__ = ["attach", "end_chat", "is_told_by_events"]

_FIELDS = {"StreamingResponse": "response_gen", "AsyncStreamingResponse": "response_gen"}


def attach(run: Run, result: Any) -> bool:
    """Let the run's span end with the stream that a call returned; whether it returned one."""
    kind = type(result).__name__
    if kind == "StreamingAgentChatResponse":
        return _attach_chat(run, result)
    if kind in _FIELDS:
        return _observe(run, result, _FIELDS[kind])
    return False


def is_told_by_events(result: Any) -> bool:
    """Whether the result of a model is the generator whose chunks and end LlamaIndex tells by events."""
    return isinstance(result, GeneratorType | AsyncGeneratorType) and result.__name__ == "wrapped_gen"


def end_chat(run: Run, response: Any) -> None:
    """Note that a chat engine's streamed answer has been written to its memory, and end the run if it has returned."""
    engine = run.above
    assert engine is not None
    if engine.span.is_recording:
        with guard("llama_index: outputs"):
            engine.span.set_outputs({**readable(response), "messages": _answer("".join(run.texts).strip())})
    # Two threads come by: each notes that it was here before it looks whether the other was.
    engine.written = True
    if engine.streaming:
        runs.end(engine)


def _attach_chat(run: Run, response: Any) -> bool:
    if not response.is_writing_to_memory:
        return _observe(run, response, "chat_stream" if response.chat_stream is not None else "achat_stream")
    runs.end_with(run, response)
    if run.written:
        runs.end(run)
    return True


def _observe(run: Run, response: Any, name: str) -> bool:
    stream = getattr(response, name)
    if stream is None:
        return False
    # The answer is asked for while the consumer iterates, outside of any span of LlamaIndex: the proxy makes ours
    # current in every step. The run itself is over.
    observe = TracedAsyncIterator if hasattr(stream, "__anext__") else TracedIterator
    setattr(response, name, observe(stream, run.span, _Answer(run.kind, response)))
    runs.forget(run)
    return True


def _answer(content: Any) -> list[dict[str, Any]]:
    return [{"role": "assistant", "content": content}]


class _Answer:
    """Gathers the text of a streamed answer; or the last of the objects, where it is structured."""

    __slots__ = ("_kind", "_last", "_sources", "_texts")

    def __init__(self, kind: Kind, response: Any) -> None:
        self._kind = kind
        self._texts: list[str] = []
        self._last: Any = None
        self._sources = response.source_nodes

    def add(self, chunk: Any) -> None:
        """Take the next token, or `ChatResponse` of a chat stream."""
        text = chunk if isinstance(chunk, str) else getattr(chunk, "delta", None)
        if text is None:
            self._last = chunk
        elif len(self._texts) < settings.max_stream_chunks:
            self._texts.append(text)

    def finish(self, span: Span) -> None:
        """Set the outputs, in the form that an answer has that is not streamed."""
        answer = "".join(self._texts) if self._last is None else readable(self._last)
        if self._kind is Kind.CHAT_ENGINE:
            found: dict[str, Any] = {"messages": _answer(answer)}
        else:
            found = {"response": answer}
        if self._sources:
            found["source_nodes"] = readable(self._sources)
        span.set_outputs(found)
