"""Running a program in a task of its own, and stopping it."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import anyio
import anyio.to_thread
import dspy  # type: ignore[import-untyped]

from spanloom_adapters.dspy.callback import RunCallback
from spanloom_adapters.dspy.channel import Channel
from spanloom_adapters.dspy.listening import Chunks, Records, Usage
from spanloom_adapters.dspy.program import Program, is_a

__all__ = ["Execution"]

_CANCEL_AGAIN_SECONDS = 0.2
_CANCELLATIONS = 10
_RLM = "dspy.predict.rlm.RLM"


class Execution:
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
        with dspy.context(
            **{name: value for name, value in chosen.items() if value is not None},
            callbacks=[*dspy.settings.callbacks, callback],
            caller_modules=[*(dspy.settings.caller_modules or ()), Records(callback)],
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
            return await anyio.to_thread.run_sync(partial(program.module, **values), abandon_on_cancel=True)


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
