"""The events of an agent's run."""

from __future__ import annotations

from collections.abc import AsyncIterator
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
from spanloom_adapters.pydantic_ai.run_items import RunItems
from spanloom_adapters.pydantic_ai.usage import token_usage

__all__ = ["stream_events"]


async def stream_events(
    agent: AbstractAgent[Any, Any], request: ResponsesAgentRequest, run: Run
) -> AsyncIterator[ResponsesAgentStreamEvent]:
    """Stream the agent's answer to the request."""
    resumed = resumption(request, run.state)
    arguments = await run_arguments(agent, request, run, resumed)
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
    async with agent.run_stream_events(**arguments) as events:
        async for event in events:
            yield event


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
