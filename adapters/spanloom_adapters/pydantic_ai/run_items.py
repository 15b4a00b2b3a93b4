"""What an agent's run streams, as response items."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, ClassVar

from pydantic_ai.messages import BinaryContent
from pydantic_ai.tools import DeferredToolRequests
from pydantic_core import to_jsonable_python

from spanloom.agents.adapter import Run
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.pydantic_ai.content import call_arguments, tool_output
from spanloom_adapters.pydantic_ai.endings import Ending, finish_reason
from spanloom_adapters.pydantic_ai.interrupts import interrupt
from spanloom_adapters.pydantic_ai.model_turn import ModelTurn
from spanloom_adapters.pydantic_ai.provenance import item_id, provider_data
from spanloom_adapters.pydantic_ai.usage import token_usage

__all__ = ["RunItems"]

Events = list[ResponsesAgentStreamEvent]

_FAILED = frozenset({"failed", "retried"})


class RunItems:
    """Takes the events of a run, `AgentRunResultEvent` as the last, and returns the events to send.

    A call becomes an item when the agent takes it up: calls of output tools are its answer, and calls in an answer
    that it rejects are nothing.

    Args:
        run: The run whose response is written.
        label: The agent's name.
        answered: Calls whose outputs the client has sent.
    """

    def __init__(self, run: Run, label: str = "agent", answered: frozenset[str] = frozenset()) -> None:
        self._run = run
        self._label = label
        self._answered = answered
        self._turn = ModelTurn(run.response)
        self._calls: dict[str, Any] = {}
        self._results: list[Any] = []
        self._answered_by_tool = False
        self._sources: list[Any] = []

    def add(self, event: Any) -> Events:
        """Take the next event; those that say nothing new are ignored."""
        handler = self._handlers.get(event.event_kind)
        return handler(self, event) if handler is not None else []

    def end(self, ending: Ending) -> Events:
        """Finish a run that stopped before its end."""
        self._run.incomplete_reason = ending.reason
        self._calls.clear()
        return self._finish_turn("incomplete" if ending.reason else "completed", ending.refusal) + self._write_results()

    def finish(self) -> Events:
        """Finish what is open, at the end of a stream that had no result."""
        self._calls.clear()
        return self._finish_turn() + self._write_results()

    def _start(self, event: Any) -> Events:
        events: Events = []
        if event.index == 0:
            events = self._finish_turn() + self._begin_turn()
        return events + self._turn.start(event.index, event.part)

    def _delta(self, event: Any) -> Events:
        return self._turn.add_delta(event.index, event.delta)

    def _end_part(self, event: Any) -> Events:
        part = event.part
        if part.part_kind == "tool-call":
            self._calls[part.tool_call_id] = part
            return []
        return self._turn.end(event.index, part)

    def _call(self, event: Any) -> Events:
        call = self._calls.pop(event.part.tool_call_id, None)
        if call is None:  # the call of an earlier response, approved by now
            return []
        item = {
            "type": "function_call",
            "id": item_id(call.id, "fc_"),
            "call_id": call.tool_call_id,
            "name": call.tool_name,
            "arguments": call_arguments(call),
            **(provider_data(call.id, call.provider_name) if call.id else {}),
        }
        return self._finish_turn() + self._run.response.item(item) + self._write_results()

    def _call_output_tool(self, event: Any) -> Events:
        self._calls.pop(event.part.tool_call_id, None)
        self._answered_by_tool = True
        return self._write_results()

    def _tool_result(self, event: Any) -> Events:
        part = event.part
        if part.tool_call_id in self._answered:
            return []
        if getattr(part, "outcome", "retried") in _FAILED:
            self._run.custom_outputs.setdefault("tool_errors", []).append(part.tool_call_id)
        self._results.append(part)
        return self._write_results()

    def _write_results(self) -> Events:
        """Write the results, unless calls of the same response are still to come: they were made at once."""
        if self._calls:
            return []
        events: Events = []
        for part in self._results:
            item = {"type": "function_call_output", "call_id": part.tool_call_id, "output": tool_output(part)}
            events += self._run.response.item(item)
        self._results.clear()
        return events

    def _result(self, event: Any) -> Events:
        result = event.result
        last = next((message for message in reversed(result.new_messages()) if message.kind == "response"), None)
        ending = finish_reason(last) if last is not None else Ending(None)
        said = self._turn.text
        events = self.end(ending)
        self._run.add_usage(token_usage(result.usage))
        if isinstance(result.output, DeferredToolRequests):
            return events + interrupt(result, self._run, self._label)
        return events + self._add_output(result.output, "" if self._answered_by_tool else said)

    def _add_output(self, output: Any, said: str) -> Events:
        """Write the result, unless `said` is how the model said it."""
        if output is None or isinstance(output, BinaryContent):
            return []
        text = output
        if not isinstance(output, str):
            plain = self._run.custom_outputs["structured_response"] = to_jsonable_python(output, fallback=str)
            text = json.dumps(plain, ensure_ascii=False)
        if said or not text:
            return []
        key = object()
        return self._run.response.text(text, key) + self._run.response.finish_item(key)

    def _begin_turn(self) -> Events:
        self._calls.clear()
        self._turn = ModelTurn(self._run.response)
        self._answered_by_tool = False
        return self._write_results()

    def _finish_turn(self, status: str = "completed", refusal: str | None = None) -> Events:
        events = self._turn.finish(status, refusal)
        if self._turn.sources:
            self._sources += self._turn.sources
            self._turn.sources = []
            self._run.custom_outputs["source_nodes"] = self._sources
        return events

    _handlers: ClassVar[dict[str, Callable[[Any, Any], Events]]] = {
        "part_start": _start,
        "part_delta": _delta,
        "part_end": _end_part,
        "function_tool_call": _call,
        "output_tool_call": _call_output_tool,
        "function_tool_result": _tool_result,
        "agent_run_result": _result,
    }
