"""The run of an agent or a workflow on a request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from llama_index.core.workflow import Event, Workflow
from workflows.events import WorkflowIdleEvent
from workflows.handler import WorkflowHandler

from spanloom.agents.adapter import Run
from spanloom.schemas.converters.chat_to_responses import incomplete_reason
from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.llama_index.endings import stopping
from spanloom_adapters.llama_index.inputs import is_agent, run_arguments
from spanloom_adapters.llama_index.interrupts import Resumption, pause_run, resumption
from spanloom_adapters.llama_index.model_calls import ModelCalls
from spanloom_adapters.llama_index.workflow_output import WorkflowOutput

__all__ = ["workflow_events"]

_SETTLE_SECONDS = 0.05
"""How long nothing may happen in an idle workflow before it is taken for one that waits."""


async def workflow_events(
    workflow: Workflow, request: ResponsesAgentRequest, run: Run
) -> AsyncGenerator[ResponsesAgentStreamEvent, None]:
    """Run it, yielding the events of its items."""
    calls = ModelCalls(run)
    resumed = resumption(workflow, request, run)
    arguments = run_arguments(workflow, request, run) if resumed is None else {"ctx": resumed.context()}
    with calls.active():
        handler: WorkflowHandler = workflow.run(**arguments)
    run.native = handler
    if resumed is not None:
        await resumed.begin(handler)
        run.state = None
    # What the user's own function reads is not written beside it.
    written = run if run.output_fn is None else Run(request, ResponseStreamBuilder())
    output = WorkflowOutput(written, workflow)
    with stopping(run):
        async with aclosing(_events(handler, output, calls, resumed)) as events:
            async for event in events:
                if written is run:
                    yield event
        if output.questions:
            await pause_run(handler, workflow, output.questions, run)
            return
        run.incomplete_reason = incomplete_reason([output.finish_word if is_agent(workflow) else calls.finish_word])
        if written is not run:
            run.custom_outputs |= written.custom_outputs
            for event in run.output_events(await handler):
                yield event


async def _events(
    handler: WorkflowHandler, output: WorkflowOutput, calls: ModelCalls, resumed: Resumption | None
) -> AsyncGenerator[ResponsesAgentStreamEvent, None]:
    """Yield the events of a run up to its end, or to where it waits for a person."""
    async with aclosing(_NativeEvents(handler)) as natives:
        async for native in natives:
            if not isinstance(native, WorkflowIdleEvent):
                for event in output.add(native):
                    yield event
            elif resumed is not None and resumed.send_answers(handler):
                continue
            elif output.questions and await natives.settled():
                for event in output.close():
                    yield event
                return
    output.questions.clear()  # it went on without an answer
    # A failure ends the events like a success; only here it is raised.
    result = await handler
    async with aclosing(calls.iterate(output.finish(result))) as events:
        async for event in events:
            yield event


class _NativeEvents:
    """Gives the events of a run one by one, those about its steps included; iterate, then close it."""

    def __init__(self, handler: WorkflowHandler) -> None:
        self._stream = handler.stream_events(expose_internal=True)
        self._next: asyncio.Future[Event] | None = None

    def __aiter__(self) -> _NativeEvents:
        return self

    async def __anext__(self) -> Event:
        following, self._next = self._next, None
        return await (anext(self._stream) if following is None else following)

    async def settled(self) -> bool:
        """Tell whether an idle workflow stays idle: some say so while they still have an event to deliver."""
        self._next = asyncio.ensure_future(anext(self._stream))
        done, _ = await asyncio.wait([self._next], timeout=_SETTLE_SECONDS)
        return not done

    async def aclose(self) -> None:
        """Stop listening."""
        if self._next is not None:
            self._next.cancel()
            await asyncio.wait([self._next])
        await self._stream.aclose()
