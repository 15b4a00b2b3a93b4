"""The events of a chat model or runnable.

Text and the models' messages are written as they come. Of a mapping, `answer` or `output` is the text, and the other
values are in `custom_outputs`. Documents become text, one paragraph each, and are in `custom_outputs["documents"]`.
Any other value is structured output: JSON text, and the value in `custom_outputs["structured_response"]`.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from typing import Any

from langchain_core.documents import Document
from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable
from langchain_core.runnables.utils import AddableDict
from pydantic_core import to_jsonable_python

from spanloom.agents.adapter import Run
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.langchain.finish import overflow_reason
from spanloom_adapters.langchain.inputs import runnable_input
from spanloom_adapters.langchain.model_turn import ModelTurn
from spanloom_adapters.langchain.usage import CountUsage

__all__ = ["plain_value", "stream_events"]

Events = list[ResponsesAgentStreamEvent]

_ANSWERS = ("answer", "output")
_NOTHING = object()


async def stream_events(
    agent: Runnable[Any, Any], request: ResponsesAgentRequest, run: Run
) -> AsyncIterator[ResponsesAgentStreamEvent]:
    """Stream the agent's answer to the request."""
    answer = _Answer(run)
    native = agent.astream(runnable_input(agent, request), {"callbacks": [CountUsage(run)]})
    try:
        async with aclosing(native) as chunks:  # type: ignore[type-var] # every Runnable's is a generator
            async for chunk in chunks:
                for event in answer.add(chunk):
                    yield event
    except Exception as error:
        run.incomplete_reason = overflow_reason(error)
        if run.incomplete_reason is None:
            raise
    for event in answer.finish():
        yield event


class _Answer:
    def __init__(self, run: Run) -> None:
        self._run = run
        self._turn = ModelTurn(run.response)
        self._rest: Any = None
        self._value: Any = _NOTHING

    def add(self, chunk: Any) -> Events:
        if isinstance(chunk, str):
            return self._run.response.text(chunk, self) if chunk else []
        if isinstance(chunk, AIMessage):
            return self._turn.add(chunk)
        if isinstance(chunk, AddableDict) or (isinstance(chunk, Mapping) and any(key in chunk for key in _ANSWERS)):
            rest = {key: value for key, value in chunk.items() if key not in _ANSWERS}
            self._rest = AddableDict(rest) if self._rest is None else self._rest + AddableDict(rest)
            return [event for key in _ANSWERS if chunk.get(key) for event in self.add(chunk[key])]
        # Parsers stream the value so far, again and again.
        self._value = chunk
        return []

    def finish(self) -> Events:
        run = self._run
        events = self._turn.finish() + run.response.finish_item(self)
        run.incomplete_reason = run.incomplete_reason or self._turn.incomplete_reason
        if self._rest:
            run.custom_outputs |= plain_value(self._rest)
        if self._value is _NOTHING or self._value is None:
            return events
        if isinstance(self._value, list) and all(isinstance(value, Document) for value in self._value):
            run.custom_outputs["documents"] = plain_value(self._value)
            text = "\n\n".join(document.page_content for document in self._value)
        else:
            run.custom_outputs["structured_response"] = plain_value(self._value)
            text = json.dumps(run.custom_outputs["structured_response"], ensure_ascii=False)
        return events + run.response.text(text) + run.response.finish_item("message") if text else events


def plain_value(value: Any) -> Any:
    """Return any value as JSON could hold it."""
    return to_jsonable_python(value, fallback=str)
