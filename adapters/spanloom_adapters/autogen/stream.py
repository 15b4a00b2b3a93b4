"""The events of an agent or team."""

from __future__ import annotations

from collections.abc import AsyncIterator, MutableMapping
from typing import Any

from autogen_agentchat.base import TaskResult
from autogen_agentchat.messages import UserInputRequestedEvent

from spanloom.agents.adapter import Run
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.autogen.endings import Ending, error_reason
from spanloom_adapters.autogen.history import begin
from spanloom_adapters.autogen.initial_state import InitialState
from spanloom_adapters.autogen.inputs import read_conversation
from spanloom_adapters.autogen.interrupts import add_resume, console_users_wait, interrupt, resume
from spanloom_adapters.autogen.native_run import NativeRun
from spanloom_adapters.autogen.run_items import Cast, RunItems

__all__ = ["stream_events"]


async def stream_events(
    agent: Any, request: ResponsesAgentRequest, run: Run, initial_states: MutableMapping[Any, InitialState]
) -> AsyncIterator[ResponsesAgentStreamEvent]:
    """Stream the agent's answer to the request.

    Args:
        agent: The agent or team.
        request: The conversation.
        run: What is written to.
        initial_states: How agents were before their first request; the agent's is added if it is missing.
    """
    if agent not in initial_states:
        initial_states[agent] = await InitialState.of(agent)
    await initial_states[agent].restore(agent)
    task = run.input_fn(request) if run.input_fn is not None else await _task(agent, request, run)
    items = RunItems(run, Cast.of(agent, task))
    with console_users_wait(agent) as waiting:
        run.native, ending = NativeRun(agent, task), Ending(agent, run, waiting)
        try:
            async for message in run.native:
                ending.watch(message)
                for event in _events(message, run, items):
                    yield event
                if ending.question is not None and isinstance(message, UserInputRequestedEvent):
                    break  # with a result, the run has yet to clean up
            if ending.question is not None:
                await run.native.stop()
                for event in items.finish():
                    yield event
                await interrupt(agent, run, ending.question)
        except Exception as error:
            run.incomplete_reason = error_reason(error)
            if run.incomplete_reason is None:
                raise
            for event in items.finish():
                yield event
        finally:
            await run.native.stop()


def _events(message: Any, run: Run, items: RunItems) -> list[ResponsesAgentStreamEvent]:
    if run.output_fn is None:
        return items.add(message)
    return run.output_events(message) if isinstance(message, TaskResult) else []


async def _task(agent: Any, request: ResponsesAgentRequest, run: Run) -> Any:
    conversation = read_conversation(request)
    add_resume(request, run, conversation)
    answer = await resume(agent, run, conversation)
    return await begin(agent, conversation) if answer is None else answer
