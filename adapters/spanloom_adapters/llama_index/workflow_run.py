"""The run of an agent or a workflow on a request."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from llama_index.core.workflow import Workflow
from workflows.events import WorkflowIdleEvent
from workflows.handler import WorkflowHandler

from spanloom.agents.adapter import Run
from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.llama_index.interrupts import Resumption, pause_run, resumption
from spanloom_adapters.llama_index.model_calls import ModelCalls
from spanloom_adapters.llama_index.native_events import NativeEvents
from spanloom_adapters.llama_index.workflow_inputs import run_arguments
from spanloom_adapters.llama_index.workflow_output import WorkflowOutput

__all__ = ["workflow_events"]


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
    async with aclosing(_events(handler, output, calls, resumed)) as events:
        async for event in events:
            if written is run:
                yield event
    if output.questions:
        await pause_run(handler, workflow, output.questions, run)
    elif written is not run:
        run.custom_outputs |= written.custom_outputs
        run.incomplete_reason = written.incomplete_reason
        for event in run.output_events(await handler):
            yield event


async def _events(
    handler: WorkflowHandler, output: WorkflowOutput, calls: ModelCalls, resumed: Resumption | None
) -> AsyncGenerator[ResponsesAgentStreamEvent, None]:
    """Yield the events of a run up to its end, or to where it waits for a person."""
    async with aclosing(NativeEvents(handler)) as natives:
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
