"""The events of an agent or team."""

from __future__ import annotations

from collections.abc import AsyncIterator, MutableMapping
from contextlib import aclosing
from typing import Any

from autogen_agentchat.base import TaskResult
from autogen_agentchat.messages import UserInputRequestedEvent

from spanloom.agents.adapter import Run
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.autogen.agent_output import AgentOutput, Cast
from spanloom_adapters.autogen.ending import Ending, error_reason
from spanloom_adapters.autogen.history import begin
from spanloom_adapters.autogen.initial_state import InitialState
from spanloom_adapters.autogen.inputs import read_conversation
from spanloom_adapters.autogen.native_run import NativeRun
from spanloom_adapters.autogen.pending import add_resume, console_users_wait, interrupt, resume

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
    task = run.native_input(request, lambda _: None) if run.input_fn else await _task(agent, request, run)
    with console_users_wait(agent) as waiting:
        run.native = NativeRun(agent, task)
        try:
            async for event in _output(agent, run, AgentOutput(run, Cast.of(agent, task)), waiting):
                yield event
        except Exception as error:
            run.incomplete_reason = error_reason(error)
            if run.incomplete_reason is None:
                raise
        finally:
            await run.native.stop()


async def _task(agent: Any, request: ResponsesAgentRequest, run: Run) -> Any:
    conversation = read_conversation(request)
    add_resume(request, run, conversation)
    answer = await resume(agent, run, conversation)
    return await begin(agent, conversation) if answer is None else answer


async def _output(
    agent: Any, run: Run, output: AgentOutput, waiting: frozenset[str]
) -> AsyncIterator[ResponsesAgentStreamEvent]:
    ending, question = Ending(agent, run), None
    async with aclosing(run.native.messages()) as messages:
        async for message in messages:
            if isinstance(message, TaskResult):
                question = ending.finish(message)
                for event in output.finish() if run.output_fn is None else run.output_events(message):
                    yield event
                continue  # the run has yet to clean up
            ending.watch(message)
            for event in output.add(message) if run.output_fn is None else ():
                yield event
            if isinstance(message, UserInputRequestedEvent) and message.source in waiting:
                question = ending.asked(message)
                break
    if question is not None:
        await run.native.stop()
        for event in output.finish():
            yield event
        await interrupt(agent, run, question)
