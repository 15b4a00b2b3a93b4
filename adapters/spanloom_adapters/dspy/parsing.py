"""What DSPy gives, as standard items, events and answers: for people who keep their own loop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import Any, overload

import dspy  # type: ignore[import-untyped]

from spanloom.agents.adapter import Run
from spanloom.agents.reading import read_events, read_whole
from spanloom.schemas.chat_agent import ChatAgentResponse
from spanloom.schemas.converters.responses_to_chat_agent import response_to_chat_agent
from spanloom.schemas.responses import ResponsesAgentResponse
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.dspy.field_text import Trimmed
from spanloom_adapters.dspy.program import WORKING_FIELDS, is_reasoning
from spanloom_adapters.dspy.run_items import Output, write_answer
from spanloom_adapters.dspy.trajectory import history_items

__all__ = ["to_chat_agent", "to_responses_events", "to_responses_items"]

Events = list[ResponsesAgentStreamEvent]


def to_responses_items(native: Any, output_field: str | None = None) -> list[dict[str, Any]]:
    """Return what a program gave as output items.

    Args:
        native: A `dspy.Prediction`, or anything else that a module returns.
        output_field: The output that is the text; found out where it is not given.

    Example:
        >>> [item["type"] for item in to_responses_items(react(question="How is the weather in Paris?"))]
        ['reasoning', 'function_call', 'function_call_output', 'message']
    """
    return [item.model_dump(exclude_none=True) for item in _read(native, output_field).output]


@overload
def to_responses_events(
    native_stream: AsyncIterable[Any], output_field: str | None = None, **fields: Any
) -> AsyncIterator[ResponsesAgentStreamEvent]: ...
@overload
def to_responses_events(
    native_stream: Iterable[Any], output_field: str | None = None, **fields: Any
) -> Iterator[ResponsesAgentStreamEvent]: ...
def to_responses_events(
    native_stream: Iterable[Any] | AsyncIterable[Any], output_field: str | None = None, **fields: Any
) -> Iterator[ResponsesAgentStreamEvent] | AsyncIterator[ResponsesAgentStreamEvent]:
    """Yield the events of the response that a streaming program gives, from first to last.

    Args:
        native_stream: What a program that was made with `dspy.streamify` returned; closed with these events.
        output_field: The output that is the text; by default the first that a `StreamListener` listens to, reasoning
            aside.
        fields: Fields of the response body, `model` for example.

    Example:
        >>> stream = dspy.streamify(program, stream_listeners=[dspy.streaming.StreamListener("answer")])
        >>> async for event in to_responses_events(stream(question="How is the weather?")):
        ...     print(event.type)
    """
    return read_events(lambda run: _Reader(run, output_field), native_stream, **fields)


def to_chat_agent(native: Any, output_field: str | None = None) -> ChatAgentResponse:
    """Return what a program gave, see `to_responses_items`, as the answer of a chat agent."""
    return response_to_chat_agent(_read(native, output_field))


def _read(native: Any, output_field: str | None) -> ResponsesAgentResponse:
    return read_whole(lambda run: _Reader(run, output_field), [native])


class _Reader:
    """Takes what `dspy.streamify` yields, the program's own result at last."""

    def __init__(self, run: Run, output_field: str | None) -> None:
        self._run = run
        self._answer = output_field
        self._output = Output(run)
        self._texts: defaultdict[str, Trimmed] = defaultdict(Trimmed)

    def add(self, part: Any) -> Events:
        """Take a part."""
        if isinstance(part, dspy.streaming.StreamResponse):
            return self._add_piece(part)
        if isinstance(part, dspy.streaming.StatusMessage):
            return []
        if getattr(part, "choices", None) is not None:  # a raw chunk: of its text nobody knows what it is
            return self._output.models.outside().add(part)
        return self._add_result(part)

    def finish(self) -> Events:
        """Finish what is open."""
        return self._output.models.close()

    def _add_piece(self, piece: Any) -> Events:
        field, models = piece.signature_field_name, self._output.models
        text = self._texts[field].add(piece.chunk) if isinstance(piece.chunk, str) else ""
        if not text:
            return []
        if is_reasoning(field, str):
            return models.outside().think(text, field)
        if self._answer is None and field not in WORKING_FIELDS:
            self._answer = field
        return models.outside().say(text) if field == self._answer else []

    def _add_result(self, result: Any) -> Events:
        models, events = self._output.models, list[ResponsesAgentStreamEvent]()
        if models.last is not None:
            self._output.thoughts |= {thought.strip() for thought in models.last.thoughts.values()}
        if isinstance(result, dspy.Prediction):
            for usage in (result.get_lm_usage() or {}).values():
                models.count(usage)
            history = result.get("history")
            for item in history_items(getattr(history, "messages", ()), list(result.keys())):
                events += self._output.item(item)
        return events + write_answer(self._run, self._output, result, self._answer)
