"""The events of a program."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from spanloom.agents.adapter import Run
from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.dspy.answer import write_answer
from spanloom_adapters.dspy.callback import RunCallback
from spanloom_adapters.dspy.channel import Channel
from spanloom_adapters.dspy.endings import stop_reason
from spanloom_adapters.dspy.execution import Execution
from spanloom_adapters.dspy.inputs import given_input, program_input
from spanloom_adapters.dspy.output import Output
from spanloom_adapters.dspy.program import Program

__all__ = ["stream_events"]


async def stream_events(
    module: Any, request: ResponsesAgentRequest, run: Run
) -> AsyncIterator[ResponsesAgentStreamEvent]:
    """Stream the module's answer to the request."""
    program = Program.of(module, run.options)
    given = given_input(program, run.native_input(request, lambda request: program_input(program, request)))
    # Of a result that the user's `output_fn` reads nothing is written on the way; the tokens count anyway.
    shown = run if run.output_fn is None else Run(request, ResponseStreamBuilder())
    output, channel = Output(shown, program.answer, program.speakers()), Channel()
    callback = RunCallback(given, output, channel)
    execution = run.native = Execution(program, given.values, callback, channel)
    try:
        async for event in channel.events():
            if run.output_fn is None:
                yield event
        try:
            result = await execution.result()
        except Exception as error:
            last = output.models.last
            run.incomplete_reason = stop_reason(error, last.finish_reason if last is not None else None)
            if run.incomplete_reason is None:
                raise
            return
    finally:
        await execution.stop()
    ending = write_answer(shown, output, result, program.answer)
    if run.output_fn is not None:
        run.usage, run.incomplete_reason = shown.usage, shown.incomplete_reason
        ending = run.output_events(result)
    for event in ending:
        yield event
