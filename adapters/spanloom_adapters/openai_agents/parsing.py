"""What the SDK's runner returned, as standard items, events and messages: for loops of one's own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from functools import partial
from typing import Any

from agents import RunResult, RunResultStreaming
from agents.items import RunItem

from spanloom.agents.adapter import Run
from spanloom.agents.reading import read_async_stream, read_whole
from spanloom.schemas.chat_agent import ChatAgentResponse
from spanloom.schemas.converters.responses_to_chat_agent import response_to_chat_agent
from spanloom.schemas.responses import ResponsesAgentResponse
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.openai_agents.run_items import item_of, speaks_by_name, write_end, write_once
from spanloom_adapters.openai_agents.run_output import RunOutput, native_events
from spanloom_adapters.openai_agents.usage import token_usage

__all__ = ["to_chat_agent", "to_responses_events", "to_responses_items"]


def to_responses_items(native: RunResult | RunResultStreaming) -> list[dict[str, Any]]:
    """Return the output items of a run that is over, those of its earlier parts included if it was resumed.

    Example:
        >>> items = to_responses_items(await Runner.run(agent, "hi"))
        >>> items[-1]["content"][0]["text"]
        'Hello!'
    """
    return [item.model_dump(exclude_none=True) for item in _whole(native).output]


def to_chat_agent(native: RunResult | RunResultStreaming) -> ChatAgentResponse:
    """Return a run that is over as a chat agent's answer."""
    return response_to_chat_agent(_whole(native))


def to_responses_events(native: RunResultStreaming) -> AsyncIterator[ResponsesAgentStreamEvent]:
    """Yield the events of the response that a run is, from first to last.

    Args:
        native: What `Runner.run_streamed` returned. Its `stream_events()` are consumed; what it raises passes, after
            `response.failed`.
    """
    return read_async_stream(partial(RunOutput, result=native, agent=native.current_agent), native_events(native))


def _whole(native: RunResult | RunResultStreaming) -> ResponsesAgentResponse:
    return read_whole(partial(_Reader, result=native), native.new_items)


class _Reader:
    """Takes the items of a run that is over."""

    def __init__(self, run: Run, result: RunResult | RunResultStreaming) -> None:
        self._run = run
        self._result = result
        self._named = any(speaks_by_name(item.agent) for item in result.new_items)

    def add(self, item: RunItem) -> list[ResponsesAgentStreamEvent]:
        body = item_of(item)
        if body is None:
            return []
        if self._named and body["type"] == "message":
            body["name"] = item.agent.name
        return write_once(body, self._run.response)

    def finish(self) -> list[ResponsesAgentStreamEvent]:
        self._run.add_usage(token_usage(self._result.context_wrapper.usage))
        return write_end(self._result, self._run)
