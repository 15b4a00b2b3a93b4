"""Running a native agent: its adapter, its limits, its conversations; whatever schema the caller speaks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from spanloom.agents.adapter import Adapter, InputFunction, OutputFunction, Run
from spanloom.agents.conversations import Conversation, ConversationStore
from spanloom.errors import AgentTimeoutError
from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom.tracing.context import current_span
from spanloom.tracing.vocabulary import SpanStatus

__all__ = ["NativeAgent"]

_ANSWERS = frozenset({"message", "function_call", "reasoning"})


@dataclass
class NativeAgent:
    """A native agent and how it is to be run.

    Attributes:
        make: Returns the agent that serves a request: the same one always, or a new one.
        adapter: What drives it.
        name: What it is called.
        options: The adapter's options.
        conversations: Where conversations are kept, for agents that do not keep them themselves.
        input_fn: See `spanloom.wrap`, as for the rest.
        timeout: Seconds.
        slots: As many as there may be requests at once; `None`: no limit.
    """

    make: Callable[[], Any]
    adapter: Adapter[Any]
    name: str
    options: Any
    conversations: ConversationStore
    input_fn: InputFunction | None = None
    output_fn: OutputFunction | None = None
    timeout: float | None = None
    slots: asyncio.Semaphore | None = None

    def __post_init__(self) -> None:
        self._turns: dict[str, _Turn] = {}

    async def run(self, request: ResponsesAgentRequest) -> AsyncIterator[ResponsesAgentStreamEvent]:
        """Run the agent on the request, on the background loop.

        Raises:
            AgentTimeoutError: If it took longer than it may.
        """
        run = Run(
            request,
            ResponseStreamBuilder(model=request.model or self.name, metadata=request.metadata),
            self.options,
            self.input_fn,
            self.output_fn,
        )
        async with self._held(run):
            agent = self.make()
            remembered = self._recall(agent, request, run)
            native = self.adapter.events(agent, remembered, run)
            finished = False
            try:
                for event in run.response.start():
                    yield event
                async for event in native if self.timeout is None else self._in_time(native, self.timeout):
                    yield event
                finished = True
                closing = run.finish()
                self._remember(agent, remembered, run)
                for event in closing:
                    yield event
            except Exception as error:
                finished = not isinstance(error, AgentTimeoutError)
                for event in run.fail(error):
                    yield event
                raise
            finally:
                if not finished:
                    await self._stop(run)
                await native.aclose()  # type: ignore[attr-defined] # an async generator in every adapter

    @asynccontextmanager
    async def _held(self, run: Run) -> AsyncIterator[None]:
        """Hold the conversation, and one of the slots."""
        async with AsyncExitStack() as held:
            if run.conversation_id is not None:
                await held.enter_async_context(self._turn(run.conversation_id))
            if self.slots is not None:
                await held.enter_async_context(self.slots)
            yield

    async def _stop(self, run: Run) -> None:
        span = current_span()
        if span is not None:
            span.set_status(SpanStatus.CANCELLED, "the run was stopped before its end")
        await self.adapter.cancel(run)

    async def _in_time(
        self, native: AsyncIterator[ResponsesAgentStreamEvent], seconds: float
    ) -> AsyncIterator[ResponsesAgentStreamEvent]:
        """Pass the events on; the time runs in each step, never across a `yield`."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            try:
                async with asyncio.timeout_at(deadline) as scope:
                    event = await anext(native)
            except StopAsyncIteration:
                return
            except TimeoutError as error:
                if not scope.expired():
                    raise
                raise AgentTimeoutError(
                    f"agent {self.name!r} took longer than {seconds} s: wrap(..., timeout=…) sets the limit"
                ) from error
            yield event

    def _turn(self, conversation_id: str) -> _Turn:
        turn = self._turns.get(conversation_id)
        if turn is None:
            turn = self._turns[conversation_id] = _Turn(lambda: self._turns.pop(conversation_id, None))
        return turn

    def _recall(self, agent: Any, request: ResponsesAgentRequest, run: Run) -> ResponsesAgentRequest:
        """Return the request with what was said before, unless the client sends that itself."""
        if run.conversation_id is None:
            return request
        conversation = self.conversations.load(self.name, run.conversation_id)
        if conversation is None:
            return request
        run.state = conversation.state
        items = [item.model_dump(exclude_none=True) for item in request.input_items()]
        if self.adapter.remembers(agent) or any(map(_is_answer, items)):
            return request
        body = request.model_dump(exclude_none=True)
        return ResponsesAgentRequest.model_validate({**body, "input": [*conversation.items, *items]})

    def _remember(self, agent: Any, request: ResponsesAgentRequest, run: Run) -> None:
        if run.conversation_id is None:
            return
        items: list[dict[str, Any]] = []
        if not self.adapter.remembers(agent):
            items = [item.model_dump(exclude_none=True) for item in request.input_items()] + run.response.output
        self.conversations.save(self.name, run.conversation_id, Conversation(items, run.state))


class _Turn:
    """Requests of one conversation, one after the other; forgotten when nobody waits."""

    def __init__(self, forget: Callable[[], object]) -> None:
        self._lock = asyncio.Lock()
        self._waiting = 0
        self._forget = forget

    async def __aenter__(self) -> None:
        self._waiting += 1
        try:
            await self._lock.acquire()
        except BaseException:
            self._leave()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._lock.release()
        self._leave()

    def _leave(self) -> None:
        self._waiting -= 1
        if not self._waiting:
            self._forget()


def _is_answer(item: dict[str, Any]) -> bool:
    """Whether the item is something that the agent said: then the client sends the whole history."""
    kind = item.get("type", "message")
    return kind in _ANSWERS and (kind != "message" or item.get("role") == "assistant")
