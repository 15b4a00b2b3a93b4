"""What the models of a run write, and what they cost."""

from __future__ import annotations

from typing import Any

import dspy  # type: ignore[import-untyped]

from spanloom.agents.adapter import Run
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom.tracing.usage import TokenUsage
from spanloom_adapters.dspy.calls import ModuleCall
from spanloom_adapters.dspy.field_text import reader_for
from spanloom_adapters.dspy.model_turn import ModelTurn
from spanloom_adapters.dspy.program import REACT_V2, is_a
from spanloom_adapters.dspy.values import source

__all__ = ["ModelCalls"]

Events = list[ResponsesAgentStreamEvent]


class ModelCalls:
    """The model calls of a run.

    Attributes:
        last: The turn of the model that was asked last.
        spoken: The turn in which the answer was given, as far as is known yet.
        citations: What the model cited that was asked last.
    """

    def __init__(self, run: Run, answer: str | None, speakers: frozenset[int], modules: dict[str, ModuleCall]) -> None:
        self.last: ModelTurn | None = None
        self.spoken: ModelTurn | None = None
        self.citations: list[dict[str, Any]] = []
        self._run = run
        self._answer = answer
        self._speakers = speakers
        self._modules = modules
        self._open: dict[str, tuple[ModelTurn, ModuleCall | None]] = {}
        self._ended: list[ModelTurn] = []

    def prompt(self, module_id: str | None, adapter: Any, signature: Any) -> Events:
        """Take note of how the next model call of a module is made."""
        module = self._modules.get(module_id or "")
        if module is not None:
            module.prompt = adapter, signature
        return []

    def begin(self, call_id: str, module_id: str | None, single: bool) -> Events:
        """A model is asked; for a `single` answer, which can be shown, or for several to choose from."""
        events = self.close()
        module = self._modules.get(module_id or "")
        for outer in module.chain() if module is not None else ():
            outer.asked = True
        self.last = self._turn(call_id, module, single)
        self._open[call_id] = self.last, module
        return events

    def add(self, call_id: str | None, chunk: Any) -> Events:
        """It writes."""
        turn, _ = self._open.get(call_id or "", (None, None))
        if turn is None:
            return []
        events = turn.add(chunk)
        if turn.text:
            self.spoken = turn
        return events

    def has_shown(self, call_id: str | None) -> bool:
        """Tell whether anything of what it wrote was shown."""
        turn, _ = self._open.get(call_id or "", (None, None))
        return turn is not None and turn.shown

    def record(self, call_id: str | None, response: Any) -> Events:
        """It is done."""
        turn, _ = self._open.get(call_id or "", (None, None))
        if turn is not None:
            turn.finish_reason = _finish_reason(response) or turn.finish_reason
        return []

    def count(self, usage: dict[str, Any]) -> Events:
        """Its tokens are known."""
        tokens = _token_usage(usage)
        if tokens is not None:
            self._run.add_usage(tokens)
        return []

    def end(self, call_id: str, outputs: Any) -> Events:
        """It has answered. What was said may still get a citation."""
        turn, module = self._open.pop(call_id, (None, None))
        if turn is None:
            return []
        events = turn.end()
        output = outputs[0] if isinstance(outputs, list) and outputs else None
        output = output if isinstance(output, dict) else {}
        self.citations = [source(cited) for cited in output.get("citations") or ()]
        thought = output.get("reasoning_content")
        if thought and not turn.thoughts and not turn.text:  # an answer that was not streamed
            events += turn.think(str(thought)) + turn.end()
        if module is not None:
            module.thoughts += turn.thoughts.values()
        self._ended.append(turn)
        return events

    def outside(self) -> ModelTurn:
        """Return a turn for what is written by a model call that nobody listened to."""
        if self.last is None:
            self.last = self.spoken = ModelTurn(self._run.response, "outside")
            self._ended.append(self.last)
        return self.last

    def close(self) -> Events:
        """Finish the messages of the calls that have ended: something else begins."""
        ended, self._ended = self._ended, []
        return [event for turn in ended for event in turn.close()]

    def _turn(self, call_id: str, module: ModuleCall | None, single: bool) -> ModelTurn:
        if module is None or module.prompt is None or not isinstance(module.instance, dspy.Predict) or not single:
            return ModelTurn(self._run.response, call_id)
        adapter, signature = module.prompt
        agent = module.parent.instance if module.parent is not None else None
        submits = agent is not None and is_a(agent, REACT_V2) and id(agent) in self._speakers
        speaks = submits or id(module.instance) in self._speakers
        return ModelTurn(
            self._run.response,
            call_id,
            reader_for(adapter),
            {name: field.annotation for name, field in signature.output_fields.items()},
            self._answer if speaks else None,
            submits=submits,
        )


def _token_usage(usage: dict[str, Any]) -> TokenUsage | None:
    """Return the tokens of a model call as DSPy tells them; `None` where nothing is known."""
    given, produced = usage.get("prompt_tokens_details") or {}, usage.get("completion_tokens_details") or {}
    tokens = TokenUsage(
        usage.get("prompt_tokens"),
        usage.get("completion_tokens"),
        usage.get("total_tokens"),
        given.get("cached_tokens"),
        given.get("cache_creation_tokens"),
        produced.get("reasoning_tokens"),
    )
    return tokens if tokens.total else None


def _finish_reason(response: Any) -> str | None:
    choices = getattr(response, "choices", None)
    reason = getattr(choices[0] if choices else response, "finish_reason", None)
    return reason if isinstance(reason, str) else None
