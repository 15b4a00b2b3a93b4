"""What happens in a run, and what it gives in the end, as items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dspy  # type: ignore[import-untyped]
from pydantic import BaseModel

from spanloom.agents.adapter import Run
from spanloom.schemas.converters.chat_to_responses import incomplete_reason
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.dspy.calls import ModuleCall
from spanloom_adapters.dspy.model_calls import ModelCalls
from spanloom_adapters.dspy.program import REACT_V2, WORKING_FIELDS, answer_field, is_a, is_reasoning
from spanloom_adapters.dspy.tool_items import ToolItems
from spanloom_adapters.dspy.trajectory import trajectory_items
from spanloom_adapters.dspy.values import Citations, annotation, plain, source, value_text

__all__ = ["Output", "write_answer"]

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
        modules: dict[str, ModuleCall] = {}
        self.models = ModelCalls(run, answer, speakers, modules)
        self.tools = ToolItems(run, modules, self.models.close)
        self.thoughts: set[str] = set()
        self._response = run.response
        self._modules = modules

    def begin_module(
        self, call_id: str, parent_id: str | None, instance: Any, messages: Sequence[Mapping[str, Any]]
    ) -> Events:
        """A module begins, and is given these messages of its history."""
        parent = self._modules.get(parent_id or "")
        self._modules[call_id] = ModuleCall(instance, parent)
        if parent is None or not parent.pending or not is_a(parent.instance, REACT_V2):
            return []
        return self.tools.settle(parent, messages)

    def end_module(self, call_id: str, outputs: Any) -> Events:
        """It ends; without outputs if it failed."""
        module = self._modules.pop(call_id, None)
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


def write_answer(run: Run, output: Output, result: Any, answer: str | None) -> Events:
    """Write what a program gave, as far as it was not written while it ran.

    Args:
        run: The run whose response is written.
        output: What was written so far.
        result: What the program gave: a `dspy.Prediction`, or anything that a module of the user's returns.
        answer: The output that is the text.
    """
    if output.models.last is not None and run.incomplete_reason is None:
        run.incomplete_reason = incomplete_reason([output.models.last.finish_reason])
    values = _values(result)
    if values is None:
        return _Ending(run, output).write(result)
    events: Events = []
    if not output.tools.written:
        for item in trajectory_items(values.get("trajectory")):
            events += output.item(item)
    for name, value in values.items():
        if name != answer and (isinstance(value, dspy.Reasoning) or is_reasoning(name, str)):
            events += output.think(value_text(value), output.thoughts)
    sources = [source(cited) for value in values.values() if isinstance(value, Citations) for cited in value.citations]
    shown = {name: value for name, value in values.items() if name == answer or _is_output(name, value)}
    if len(shown) > 1:
        run.custom_outputs["prediction"] = plain(shown)
    if answer not in shown:
        answer = answer_field({name: type(value) for name, value in shown.items()})
    ending = _Ending(run, output, sources or output.models.citations)
    return events + ending.write(shown[answer] if answer is not None else shown or None)


def _values(result: Any) -> dict[str, Any] | None:
    if isinstance(result, dspy.Example):  # a `Prediction` is one
        return dict(result.items())
    return dict(result) if isinstance(result, Mapping) else None


def _is_output(name: str, value: Any) -> bool:
    """Tell whether the value is one of those that the program was written for, and no trace of its work."""
    working = name in WORKING_FIELDS or is_reasoning(name, str)
    return not working and not isinstance(value, dspy.Reasoning | dspy.ToolCalls | Citations)


class _Ending:
    def __init__(self, run: Run, output: Output, sources: list[dict[str, Any]] | None = None) -> None:
        self._run = run
        self._models = output.models
        self._sources = sources or []

    def write(self, value: Any) -> Events:
        if value is not None and not isinstance(value, str):
            given = value.model_dump(mode="json") if isinstance(value, BaseModel) else plain(value)
            self._run.custom_outputs["structured_response"] = given
        if self._sources:
            self._run.custom_outputs["source_nodes"] = self._sources
        text = value_text(value)
        key, events = self._write_text(text)
        if self._run.response.is_open(key):
            for cited in self._sources:
                events += self._run.response.annotation(annotation(cited, text), key)
        return events + self._models.close() + self._run.response.finish_item(key)

    def _write_text(self, text: str) -> tuple[object, Events]:
        said = self._models.spoken
        if not text.strip() or (said is not None and said.text.strip() == text.strip()):
            return said.key if said is not None else None, []
        if said is not None and text.startswith(said.text) and self._run.response.is_open(said.key):
            return said.key, said.say(text[len(said.text) :])
        # Something else than what was said, or what nobody has said: an answer from the cache, for example.
        key = object()
        return key, self._models.close() + self._run.response.text(text, key)
