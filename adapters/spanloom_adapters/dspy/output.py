"""What happens in a run, as items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dspy  # type: ignore[import-untyped]

from spanloom.agents.adapter import Run
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.dspy.calls import ModuleCalls
from spanloom_adapters.dspy.model_calls import ModelCalls
from spanloom_adapters.dspy.program import REACT_V2, is_a, is_reasoning
from spanloom_adapters.dspy.tool_items import ToolItems
from spanloom_adapters.dspy.values import value_text

__all__ = ["Output"]

Events = list[ResponsesAgentStreamEvent]


class Output:
    """Writes what happens in a run.

    Args:
        run: The run whose response is written.
        answer: The output that is the text of the answer.
        speakers: The ids of the modules that give it, see `Program.speakers`.

    Attributes:
        models: What its models write.
        tools: What its tools are asked and give.
        thoughts: All reasoning that was written.
    """

    def __init__(self, run: Run, answer: str | None = None, speakers: frozenset[int] = frozenset()) -> None:
        modules = ModuleCalls()
        self.models = ModelCalls(run, answer, speakers, modules)
        self.tools = ToolItems(run, modules, self.models.close)
        self.thoughts: set[str] = set()
        self._response = run.response
        self._modules = modules

    def begin_module(
        self, call_id: str, parent_id: str | None, instance: Any, messages: Sequence[Mapping[str, Any]]
    ) -> Events:
        """A module begins, and is given these messages of its history."""
        parent = self._modules.begin(call_id, parent_id, instance).parent
        settles = parent is not None and parent.pending and is_a(parent.instance, REACT_V2)
        return self.tools.settle(parent, messages) if settles and parent is not None else []

    def end_module(self, call_id: str, outputs: Any) -> Events:
        """It ends; without outputs if it failed."""
        module = self._modules.end(call_id)
        if module is None or not isinstance(outputs, dspy.Example):  # a `Prediction` is one
            return []
        if is_a(module.instance, REACT_V2):
            return self.tools.settle(module, getattr(outputs.get("history"), "messages", None) or ())
        if not isinstance(module.instance, dspy.Predict):
            return []
        self.thoughts |= {thought.strip() for thought in module.thoughts}
        events: Events = []
        for name, value in outputs.items():
            if is_reasoning(name, str) or isinstance(value, dspy.Reasoning):
                events += self.think(value_text(value), module.thoughts)
            elif isinstance(value, dspy.ToolCalls):
                events += self.tools.announce(module, value.tool_calls)
        return events

    def item(self, item: dict[str, Any]) -> Events:
        """Write an item."""
        if item["type"] == "reasoning":
            return self.think(item["summary"][0]["text"], self.thoughts)
        return self.models.close() + self._response.item(item)

    def think(self, text: str, known: Sequence[str] | set[str]) -> Events:
        """Write reasoning, unless it is known."""
        text = text.strip()
        if not text or text in {thought.strip() for thought in known}:
            return []
        self.thoughts.add(text)
        key = object()
        return self.models.close() + self._response.reasoning(text, key) + self._response.finish_item(key)
