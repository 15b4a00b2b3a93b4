"""What a program gave in the end: what of it was not said yet, and its values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dspy  # type: ignore[import-untyped]
from pydantic import BaseModel

from spanloom.agents.adapter import Run
from spanloom.schemas.converters.chat_to_responses import incomplete_reason
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.dspy.citations import Citations, annotation, source
from spanloom_adapters.dspy.output import Output
from spanloom_adapters.dspy.program import WORKING_FIELDS, answer_field, is_reasoning
from spanloom_adapters.dspy.trajectory import trajectory_items
from spanloom_adapters.dspy.values import plain, value_text

__all__ = ["write_answer"]

Events = list[ResponsesAgentStreamEvent]


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
