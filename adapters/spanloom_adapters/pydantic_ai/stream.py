"""The events of an agent's run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from contextlib import aclosing
from typing import Any

from pydantic_ai.agent import AbstractAgent
from pydantic_ai.messages import PartEndEvent, PartStartEvent
from pydantic_ai.run import AgentRunResultEvent

from spanloom.agents.adapter import Run
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.pydantic_ai.arguments import Arguments, run_arguments
from spanloom_adapters.pydantic_ai.endings import ending_of
from spanloom_adapters.pydantic_ai.interrupts import resumption
from spanloom_adapters.pydantic_ai.provenance import provider_name
from spanloom_adapters.pydantic_ai.run_items import RunItems
from spanloom_adapters.pydantic_ai.usage import token_usage

__all__ = ["stream_events"]

_BUFFERED = 64
"""Events that may wait for their consumer; then the run waits."""

_CANCEL_AGAIN_SECONDS = 5.0
"""How long a cancelled run may take to end before it is cancelled again."""


async def stream_events(
    agent: AbstractAgent[Any, Any], request: ResponsesAgentRequest, run: Run
) -> AsyncIterator[ResponsesAgentStreamEvent]:
    """Stream the agent's answer to the request."""
    provider = provider_name(run.options.model or agent.model)
    resumed = resumption(request, run.state, provider)
    arguments = await run_arguments(agent, request, run, provider, resumed)
    run.state = None
    items = RunItems(run, agent.name or "agent", resumed.answered if resumed is not None else frozenset())
    natives = _streamed(agent, arguments) if run.options.stream else _whole(agent, arguments)
    try:
        async with aclosing(natives) as events:  # type: ignore[type-var] # a generator
            async for native in events:
                if run.output_fn is None:
                    for event in items.add(native):
                        yield event
                elif native.event_kind == "agent_run_result":
                    run.add_usage(token_usage(native.result.usage))
                    for event in run.output_events(native.result):
                        yield event
    except Exception as error:
        ending = ending_of(error)
        if ending is None:
            raise
        run.add_usage(token_usage(arguments["usage"]))
        for event in items.end(ending):
            yield event


async def _streamed(agent: AbstractAgent[Any, Any], arguments: Arguments) -> AsyncIterator[Any]:
    """Yield what `agent.run_stream_events` does, which takes several steps of the event loop for each."""
    arrived: asyncio.Queue[Any] = asyncio.Queue()
    room = asyncio.Semaphore(_BUFFERED)

    async def tell(_context: object, events: AsyncIterable[Any]) -> None:
        async for event in events:
            await room.acquire()
            arrived.put_nowait(event)

    async def work() -> Any:
        return await agent.run(**arguments, event_stream_handler=tell)

    def end(running: asyncio.Task[Any]) -> None:
        if not running.cancelled():
            running.exception()  # asyncio complains of those that nobody looked at
        arrived.put_nowait(running)

    running = asyncio.create_task(work())
    running.add_done_callback(end)
    try:
        while (event := await arrived.get()) is not running:
            room.release()
            yield event
        yield AgentRunResultEvent(await running)
    finally:
        while not running.done():  # a tool may swallow a cancellation, and go on
            running.cancel()
            await asyncio.wait([running], timeout=_CANCEL_AGAIN_SECONDS)


async def _whole(agent: AbstractAgent[Any, Any], arguments: Arguments) -> AsyncIterator[Any]:
    """Yield the same events, where the model's answers come whole."""
    async with agent.iter(**arguments) as run:
        async for node in run:
            if not agent.is_call_tools_node(node):
                continue
            for index, part in enumerate(node.model_response.parts):
                yield PartStartEvent(index=index, part=part)
                yield PartEndEvent(index=index, part=part)
            async with node.stream(run.ctx) as events:
                async for event in events:
                    yield event
        if run.result is not None:
            yield AgentRunResultEvent(run.result)
