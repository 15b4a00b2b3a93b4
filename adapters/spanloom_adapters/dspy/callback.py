"""DSPy's callbacks of one run: they complete the prompts, and pass on what happens.

They are called where it happens, in the loop or in a thread. DSPy would log and forget what they raise; the channel
keeps it.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

import anyio.from_thread
import dspy  # type: ignore[import-untyped]
from dspy.clients import call_context  # type: ignore[import-untyped]
from dspy.utils.callback import BaseCallback  # type: ignore[import-untyped]
from dspy.utils.callback_context import ACTIVE_CALL_ID  # type: ignore[import-untyped]
from dspy.utils.usage_tracker import UsageTracker  # type: ignore[import-untyped]

from spanloom_adapters.dspy.channel import Channel
from spanloom_adapters.dspy.inputs import ProgramInput
from spanloom_adapters.dspy.prompt import complete_prompt
from spanloom_adapters.dspy.run_items import Output
from spanloom_adapters.dspy.values import code_output, failure_text, plain, value_text

__all__ = ["Chunks", "Records", "RunCallback", "Usage"]

Given = Mapping[str, Any]
Failure = BaseException | None


class RunCallback(BaseCallback):  # type: ignore[misc]
    """Listens to one run.

    Args:
        given: What the program is run on.
        output: What writes what happens.
        channel: How it is told.
    """

    def __init__(self, given: ProgramInput, output: Output, channel: Channel) -> None:
        self._given = given
        self._output = output
        self._tell = channel.tell
        self._fail = channel.fail
        self._prompts: dict[str, tuple[Any, Any]] = {}
        self._silenced: dict[str, AbstractContextManager[None]] = {}

    def on_module_start(self, call_id: str, instance: Any, inputs: Given) -> None:
        """A module begins."""
        history = (inputs.get("kwargs") or {}).get("history")
        self._tell(self._output.begin_module, call_id, ACTIVE_CALL_ID.get(), instance, list(_messages(history)))

    def on_module_end(self, call_id: str, outputs: Any, exception: Failure = None) -> None:
        """It ends."""
        self._tell(self._output.end_module, call_id, outputs if exception is None else None)

    def on_adapter_format_start(self, call_id: str, instance: Any, inputs: Given) -> None:
        """An adapter makes a prompt; a method that its class inherits is announced once for each class."""
        above = ACTIVE_CALL_ID.get()
        if above in self._prompts:
            return
        # A method that the adapter's class inherits is announced with its arguments unnamed.
        unnamed = "kwargs" in inputs
        given = {**dict(zip(("signature",), inputs["args"], strict=False)), **inputs["kwargs"]} if unnamed else inputs
        self._prompts[call_id] = instance, given["signature"]
        self._tell(self._output.models.prompt, above, instance, given["signature"])

    def on_adapter_format_end(self, call_id: str, outputs: Any, exception: Failure = None) -> None:
        """It is made."""
        prompt = self._prompts.pop(call_id, None)
        if prompt is not None and exception is None:
            try:
                complete_prompt(outputs, *prompt, self._given)
            except Exception as error:
                self._fail(error)

    def on_lm_start(self, call_id: str, instance: Any, inputs: Given) -> None:
        """A model is asked."""
        if not _can_stream():
            self._silenced[call_id] = silenced = dspy.context(send_stream=None)
            silenced.__enter__()
        asked = {**(getattr(instance, "kwargs", None) or {}), **(inputs.get("kwargs") or {})}
        self._tell(self._output.models.begin, call_id, ACTIVE_CALL_ID.get(), (asked.get("n") or 1) == 1)

    def on_lm_end(self, call_id: str, outputs: Any, exception: Failure = None) -> None:
        """It has answered."""
        silenced = self._silenced.pop(call_id, None)
        if silenced is not None:
            silenced.__exit__(None, None, None)
        self._tell(self._output.models.end, call_id, outputs if exception is None else None)

    def on_tool_start(self, call_id: str, instance: Any, inputs: Given) -> None:
        """A tool is called."""
        arguments = plain(inputs.get("kwargs") or {})
        self._tell(self._output.tools.begin, call_id, ACTIVE_CALL_ID.get(), str(instance.name), arguments)

    def on_tool_end(self, call_id: str, outputs: Any, exception: Failure = None) -> None:
        """It has given its result, or failed."""
        text = value_text(outputs) if exception is None else failure_text(exception)
        self._tell(self._output.tools.end, call_id, text)

    def on_interpreter_execute_start(self, call_id: str, instance: Any, inputs: Given) -> None:  # noqa: ARG002
        """Code is run that a model wrote."""
        self._tell(self._output.tools.begin_code, call_id, ACTIVE_CALL_ID.get(), str(inputs.get("code") or ""))

    def on_interpreter_execute_end(self, call_id: str, outputs: Any, exception: Failure = None) -> None:
        """It has come to its end."""
        text = code_output(outputs) if exception is None else failure_text(exception)
        self._tell(self._output.tools.end, call_id, text)

    def receive(self, chunk: Any) -> None:
        """A model has written a piece."""
        call_id = ACTIVE_CALL_ID.get()
        self._tell(self._output.models.add, call_id, chunk)
        if not self._output.models.has_shown(call_id):
            _allow_second_try()

    def record(self, entry: dict[str, Any]) -> None:
        """A model call is done."""
        self._tell(self._output.models.record, ACTIVE_CALL_ID.get(), entry.get("response"))

    def count(self, usage: dict[str, Any]) -> None:
        """Its tokens are known."""
        self._tell(self._output.models.count, usage)


def _allow_second_try() -> None:
    """Tell DSPy that what came so far was not shown to anybody.

    Its `ChatAdapter` asks again, for JSON, when an answer has not the form it should have; but not once a chunk was
    handed out, and here every chunk is, before it turns out whether it holds anything to show.
    """
    adapter_calls = getattr(call_context, "_adapter_calls", None)
    for progress in adapter_calls.get() if adapter_calls is not None else ():
        progress.emitted = False


def _messages(history: Any) -> list[Any]:
    messages = getattr(history, "messages", None)
    return messages[-1:] if isinstance(messages, list) else []


def _can_stream() -> bool:
    """Tell whether DSPy can pass on chunks of the call that calls back here.

    It can where the call is awaited, and in the threads of anyio; not where a coroutine calls a model without `await`.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        pass
    else:
        return _is_awaited()
    try:
        anyio.from_thread.check_cancelled()
    except RuntimeError:
        return False
    return True


def _is_awaited() -> bool:
    # Nothing else tells it: both kinds of call are announced with the same words.
    frame = inspect.currentframe()
    while frame is not None and not frame.f_code.co_name.endswith("sync_wrapper"):
        frame = frame.f_back
    return frame is None or bool(frame.f_code.co_flags & inspect.CO_COROUTINE)


class Chunks:
    """Takes the place of the stream in DSPy's settings, `send_stream`.

    Attributes:
        closed: Whether nobody listens any more; then the model call that still talks fails.
    """

    def __init__(self, callback: RunCallback) -> None:
        self._callback = callback
        self.closed = False

    async def send(self, chunk: Any) -> None:
        """Take a chunk, in the context of its model call."""
        if self.closed:
            raise anyio.ClosedResourceError
        self._callback.receive(chunk)


class Records:
    """Takes the place of a calling module: each has the record of a model call appended to its history."""

    def __init__(self, callback: RunCallback) -> None:
        self._callback = callback
        self.history = self

    def __len__(self) -> int:
        return 0

    def append(self, entry: dict[str, Any]) -> None:
        """Take a record."""
        self._callback.record(entry)


class Usage(UsageTracker):  # type: ignore[misc]
    """Takes the place of the usage tracker; what it is told besides, the program can still ask of it."""

    def __init__(self, callback: RunCallback) -> None:
        super().__init__()
        self._callback = callback

    def __deepcopy__(self, _memo: Any) -> Usage:
        # DSPy gives each of its threads a copy.
        return self

    def add_usage(self, lm: str, usage_entry: dict[str, Any]) -> None:
        """Take the tokens of a model call."""
        super().add_usage(lm, usage_entry)
        self._callback.count(usage_entry)
