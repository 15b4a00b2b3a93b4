"""The model calls of a run, wherever in LlamaIndex they are made: their tokens, and why the last one ended."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar

from llama_index.core.instrumentation.events.llm import (
    LLMChatEndEvent,
    LLMChatInProgressEvent,
    LLMCompletionEndEvent,
)
from llama_index_instrumentation import get_dispatcher
from llama_index_instrumentation.base import BaseEvent
from llama_index_instrumentation.event_handlers import BaseEventHandler

from spanloom.agents.adapter import Run
from spanloom.tracing.guard import report_failure
from spanloom.tracing.provider_usage import provider_usage
from spanloom_adapters.llama_index.raw import finish_word

__all__ = ["ModelCalls"]

ItemT = TypeVar("ItemT")


class ModelCalls:
    """Listens to LlamaIndex's dispatcher while it is active, in this context and those copied from it.

    Attributes:
        finish_word: The provider's word for why the last call ended, if known.
    """

    def __init__(self, run: Run) -> None:
        self.finish_word: str | None = None
        self._run = run
        self._last: Any = None
        _listen()

    @contextmanager
    def active(self) -> Iterator[None]:
        """Count the calls of what is begun here."""
        token = _current.set(self)
        try:
            yield
        finally:
            _current.reset(token)

    async def iterate(self, stream: AsyncGenerator[ItemT, None]) -> AsyncGenerator[ItemT, None]:
        """Yield the items of a stream that makes its calls while it is read; closed with it."""
        async with aclosing(stream):
            while True:
                token = _current.set(self)
                try:
                    item = await anext(stream)
                except StopAsyncIteration:
                    return
                finally:
                    _current.reset(token)
                yield item

    def take(self, event: BaseEvent) -> None:
        """Take an event of the dispatcher."""
        if isinstance(event, LLMChatInProgressEvent):
            self.finish_word = finish_word(event.response.raw) or self.finish_word
        elif isinstance(event, LLMChatEndEvent | LLMCompletionEndEvent) and event.response is not None:
            response = event.response
            # A model around another one passes the answer on.
            if response.raw is None or response.raw is not self._last:
                self._last = response.raw
                self.finish_word = finish_word(response.raw) or self.finish_word
                usage = provider_usage(response.raw) or provider_usage(response.additional_kwargs)
                if usage is not None:
                    self._run.add_usage(usage)


class _Listener(BaseEventHandler):
    """Tells the calls that are counted in the present context."""

    def handle(self, event: BaseEvent, **_kwargs: Any) -> None:
        calls = _current.get()
        if calls is None:
            return
        try:
            calls.take(event)
        except Exception:  # LlamaIndex would swallow it
            report_failure("llama_index: model call")


_current: ContextVar[ModelCalls | None] = ContextVar("spanloom_llama_index_model_calls", default=None)
_listener = _Listener()


def _listen() -> None:
    root = get_dispatcher()
    if not any(handler is _listener for handler in root.event_handlers):
        root.add_event_handler(_listener)
