"""Runs a program in a task of its own and yields the events of what it says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
import dspy  # type: ignore[import-untyped]

from spanloom.agents.adapter import Run
from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.dspy.callback import Chunks, Records, RunCallback, Usage
from spanloom_adapters.dspy.channel import Channel
from spanloom_adapters.dspy.endings import stop_reason
from spanloom_adapters.dspy.inputs import given_input, program_input
from spanloom_adapters.dspy.program import Program, is_a
from spanloom_adapters.dspy.run_items import Output, write_answer

__all__ = ["stream_events"]

_CANCEL_AGAIN_SECONDS = 0.2
_CANCELLATIONS = 10
_RLM = "dspy.predict.rlm.RLM"


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
    execution = run.native = _Execution(program, given.values, callback, channel)
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


class _Execution:
    """One call of a program.

    Args:
        program: The program.
        values: Its inputs.
        callback: What listens to it.
        channel: Where that tells what it hears; closed at the end.
    """

    def __init__(self, program: Program, values: dict[str, Any], callback: RunCallback, channel: Channel) -> None:
        self._chunks = Chunks(callback)
        self._task = asyncio.create_task(self._run(program, values, callback))
        self._task.add_done_callback(lambda _: channel.close())

    async def result(self) -> Any:
        """Return what the program gave, or raise what it raised."""
        return await self._task

    async def stop(self) -> None:
        """Stop the program and wait until it has ended, unless it can't be stopped."""
        self._chunks.closed = True
        for _ in range(_CANCELLATIONS):
            if self._task.done():
                break
            # More than once: before Python 3.12, a cancellation that meets a result in `asyncio.wait_for` is lost.
            self._task.cancel()
            await asyncio.wait([self._task], timeout=_CANCEL_AGAIN_SECONDS)
        if self._task.done() and not self._task.cancelled():
            self._task.exception()  # nobody asks for it any more

    async def _run(self, program: Program, values: dict[str, Any], callback: RunCallback) -> Any:
        chosen = {"lm": program.options.lm, "adapter": program.options.adapter}
        # Where a program asks another agent, what listens to that program is set, too.
        callbacks = [other for other in dspy.settings.callbacks if not isinstance(other, RunCallback)]
        callers = [other for other in dspy.settings.caller_modules or () if not isinstance(other, Records)]
        with dspy.context(
            **{name: value for name, value in chosen.items() if value is not None},
            callbacks=[*callbacks, callback],
            caller_modules=[*callers, Records(callback)],
            send_stream=self._chunks,
            stream_listeners=[],
            trace=[],
            # LiteLLM tells the tokens of a stream only if asked.
            track_usage=True,
            usage_tracker=Usage(callback),
            allow_tool_async_sync_conversion=True,
        ):
            if _is_asynchronous(program.module):
                return await program.module.acall(**values)
            # Without a limit of its own, programs that wait for each other would wait for one of forty threads.
            limit = anyio.CapacityLimiter(1)
            call = partial(program.module, **values)
            return await anyio.to_thread.run_sync(call, abandon_on_cancel=True, limiter=limit)


def _is_asynchronous(module: Any) -> bool:
    """Tell whether to run the module in the loop: it has an `aforward` that belongs to its `forward`, and waits."""
    if is_a(module, _RLM):  # its `aforward` waits for its interpreter with the whole loop
        return False
    for kind in type(module).__mro__:
        if "aforward" in vars(kind):
            return True
        if "forward" in vars(kind):  # of a subclass, which the `aforward` of its base knows nothing of
            return False
    return hasattr(module, "aforward")
