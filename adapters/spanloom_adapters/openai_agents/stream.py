"""The run of an agent on a request."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from agents import Agent, Runner, RunResultStreaming

from spanloom.agents.adapter import Run
from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.openai_agents.approvals import approval_item, resumed_state, state_text
from spanloom_adapters.openai_agents.inputs import run_input
from spanloom_adapters.openai_agents.run_arguments import run_arguments
from spanloom_adapters.openai_agents.run_output import RunOutput, native_events

__all__ = ["stream_events"]


async def stream_events(
    agent: Agent[Any], request: ResponsesAgentRequest, run: Run
) -> AsyncIterator[ResponsesAgentStreamEvent]:
    """Stream the agent's answer to the request."""
    arguments = run_arguments(request, run)
    state = await resumed_state(agent, request, run, arguments.get("context"))
    given = run.native_input(request, run_input) if state is None else state
    result = run.native = Runner.run_streamed(agent, given, **arguments)
    # What the user's own function reads is not written beside it.
    written = run if run.output_fn is None else Run(request, ResponseStreamBuilder())
    output = RunOutput(written, result, agent)
    async with aclosing(native_events(result)) as natives:
        async for native in natives:
            events = output.add(native)
            if written is run:
                for event in events:
                    yield event
    events = output.finish()
    run.state = None
    if result.interruptions:
        run.custom_outputs["resumable"] = run.conversation_id is not None
        if run.conversation_id is not None:
            run.state = state_text(result.to_state())
    if written is not run:
        run.usage, run.incomplete_reason = written.usage, written.incomplete_reason
        run.custom_outputs |= written.custom_outputs
        events = _own_output(result, run)
    for event in events:
        yield event


def _own_output(result: RunResultStreaming, run: Run) -> list[ResponsesAgentStreamEvent]:
    if run.incomplete_reason is None:
        return run.output_events(result)
    return [event for pending in result.interruptions for event in run.response.item(approval_item(pending))]
