"""Tool calls and their results, and code and its output."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from spanloom.agents.adapter import Run
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.dspy.calls import ModuleCall, PendingCall
from spanloom_adapters.dspy.program import REACT_V2, is_a
from spanloom_adapters.dspy.values import json_text, last_line, new_call_id, plain, value_text

__all__ = ["ToolItems"]

Events = list[ResponsesAgentStreamEvent]

_REACT = "dspy.predict.react.ReAct"


class ToolItems:
    """Writes the tool calls of a run.

    A `ReActV2` knows the calls before it runs them, with the ids that its model gave. Elsewhere a call is known when
    its tool begins.

    Args:
        run: The run whose response is written.
        modules: The modules that are running, by their call ids.
        close: Finishes what was said before.

    Attributes:
        written: Whether there was any call.
    """

    def __init__(self, run: Run, modules: dict[str, ModuleCall], close: Callable[[], Events]) -> None:
        self.written = False
        self._run = run
        self._modules = modules
        self._close = close
        self._open: dict[str, str] = {}

    def announce(self, module: ModuleCall, calls: Sequence[Any]) -> Events:
        """A predictor has decided on tool calls."""
        agent = module.parent
        submits = agent is not None and is_a(agent.instance, REACT_V2)
        events: Events = []
        for call in calls:
            pending = PendingCall(call.id, call.id or new_call_id(), call.name, plain(call.args))
            if agent is not None:
                agent.pending.append(pending)
            if submits and call.name == "submit":
                pending.taken = True
            else:
                events += self._call(pending.call_id, call.name, pending.arguments)
        return events

    def settle(self, agent: ModuleCall, messages: Sequence[Mapping[str, Any]]) -> Events:
        """Write the results of the calls that had no tool to run, or went past it, and forget all calls."""
        pending, agent.pending = agent.pending, []
        left = [call for call in pending if not call.taken]
        events: Events = []
        for results in reversed([_results(message) for message in messages]):
            for result in results:
                for call in [
                    call for call in left if call.name == result.name and call.native_id in (None, result.call_id)
                ]:
                    text = value_text(result.value)
                    events += self._output(call.call_id, last_line(text) if result.is_error else text)
                    left.remove(call)
                    break
        return events

    def begin(self, call_id: str, module_id: str | None, name: str, arguments: Any) -> Events:
        """A tool begins."""
        module = self._modules.get(module_id or "")
        if module is not None and _is_control(module.instance, name):
            return []
        pending = self._take(module, name, arguments)
        if pending is not None:
            self._open[call_id] = pending.call_id
            return []
        self._open[call_id] = new_call_id()
        return self._call(self._open[call_id], name, arguments)

    def begin_code(self, call_id: str, module_id: str | None, code: str) -> Events:
        """Code begins; an agent also prepares its interpreter with code, before any model wrote some."""
        module = self._modules.get(module_id or "")
        if module is not None and not module.asked:
            return []
        self._open[call_id] = new_call_id()
        return self._call(self._open[call_id], "python", {"code": code})

    def end(self, call_id: str, text: str) -> Events:
        """A tool, or code, has come to its end."""
        opened = self._open.pop(call_id, None)
        return self._output(opened, text) if opened is not None else []

    def _take(self, module: ModuleCall | None, name: str, arguments: Any) -> PendingCall | None:
        for outer in module.chain() if module is not None else ():
            left = [call for call in outer.pending if not call.taken and call.name == name]
            for call in [call for call in left if call.arguments == arguments] or left:
                call.taken = True
                return call
        return None

    def _call(self, call_id: str, name: str, arguments: Any) -> Events:
        self.written = True
        text = json_text(arguments)
        item = {"type": "function_call", "call_id": call_id, "name": name, "arguments": text}
        return self._close() + self._run.response.item(item)

    def _output(self, call_id: str, text: str) -> Events:
        return self._run.response.item({"type": "function_call_output", "call_id": call_id, "output": text})


def _is_control(agent: Any, name: str) -> bool:
    """Tell whether the tool is the agent's own way to hear that the answer is ready."""
    return (name == "submit" and is_a(agent, REACT_V2)) or (name == "finish" and is_a(agent, _REACT))


def _results(message: Mapping[str, Any]) -> Sequence[Any]:
    results = getattr(message.get("tool_calls"), "tool_call_results", None)
    return getattr(results, "tool_call_results", None) or ()
