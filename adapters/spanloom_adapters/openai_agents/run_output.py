"""The events of a run, written into a response."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from agents import Agent, MaxTurnsExceeded, ModelRefusalError, RunResultStreaming
from agents.items import RunItem
from agents.stream_events import StreamEvent

from spanloom.agents.adapter import Run
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom.tracing.usage import TokenUsage
from spanloom_adapters.openai.usage import token_usage as response_usage
from spanloom_adapters.openai_agents.model_turn import ModelTurn
from spanloom_adapters.openai_agents.run_end import write_end
from spanloom_adapters.openai_agents.run_items import item_of, speaks_by_name, write_once
from spanloom_adapters.openai_agents.usage import token_usage

__all__ = ["RunOutput"]

Events = list[ResponsesAgentStreamEvent]

_FROM_THE_RUNNER = frozenset(
    {"handoff_output_item", "mcp_approval_response_item", "tool_call_output_item", "tool_search_output_item"}
)
"""Run items that no model may have said; the others repeat what its events told."""
_INCOMPLETE = frozenset({"context_length_exceeded", "content_filter"})
"""Codes of errors that say: with this input there is no answer."""


class RunOutput:
    """Reads a native run to its end, and writes what it gives.

    Args:
        result: The native run.
        agent: The agent that it began with.
        run: What is written to: items, usage, custom outputs, the reason why the run stopped before its end.
    """

    def __init__(self, result: RunResultStreaming, agent: Agent[Any], run: Run) -> None:
        self._result = result
        self._run = run
        self._named = speaks_by_name(agent)
        self._speaker = agent.name
        self._turn: ModelTurn | None = None
        self._stopped: ModelTurn | None = None
        # A run that goes on counts what it used before, too.
        self._used_before = token_usage(result.context_wrapper.usage)

    async def events(self) -> AsyncIterator[ResponsesAgentStreamEvent]:
        """Yield the events of the run's items; what it raises passes, unless it says why the run is incomplete."""
        try:
            async with aclosing(self._native_events()) as natives:  # type: ignore[type-var] # a generator
                async for native in natives:
                    for event in self._add(native):
                        yield event
        except ModelRefusalError as error:
            for event in self._refuse(error):
                yield event
        except Exception as error:
            self._run.incomplete_reason = self._reason(error)
            if self._run.incomplete_reason is None:
                raise
        else:
            for event in write_end(self._result, self._run):
                yield event
        finally:
            usage = self._usage()
            if usage.total:
                self._run.add_usage(usage)

    async def _native_events(self) -> AsyncIterator[StreamEvent]:
        natives = self._result.stream_events()
        try:
            async for native in natives:
                yield native
        finally:
            if not self._result.is_complete:
                # Otherwise, closing the stream would wait for the end of the run.
                self._result.cancel()
            await natives.aclose()  # type: ignore[attr-defined] # a generator
        # Of a run that failed before its first event, the stream does not tell.
        if self._result.run_loop_exception is not None:
            raise self._result.run_loop_exception

    def _add(self, native: StreamEvent) -> Events:
        if native.type == "raw_response_event":
            return self._add_raw(native.data)
        if native.type == "run_item_stream_event":
            return self._add_item(native.item)
        self._speaker = native.new_agent.name
        return []

    def _add_raw(self, event: Any) -> Events:
        turn = self._turn
        if turn is None:
            turn = self._turn = ModelTurn(self._run.response, self._speaker if self._named else None)
        events = turn.add(event)
        if turn.ended or turn.error is not None:
            self._turn = None
            self._stopped = turn if turn.incomplete_reason or turn.error else None
        return events

    def _add_item(self, item: RunItem) -> Events:
        body = item_of(item) if item.type in _FROM_THE_RUNNER else None
        return [] if body is None else write_once(body, self._run.response)

    def _refuse(self, error: ModelRefusalError) -> Events:
        response = self._run.response
        if any(part["type"] == "refusal" for item in response.output[-1:] for part in item.get("content") or ()):
            return []
        return response.refusal(error.refusal, self) + response.finish_item(self)

    def _reason(self, error: Exception) -> str | None:
        if isinstance(error, MaxTurnsExceeded):
            return "max_turns"
        code = getattr(error, "code", None)
        if self._stopped is not None:
            if self._stopped.incomplete_reason is not None:
                return self._stopped.incomplete_reason
            code = code or (self._stopped.error or {}).get("code")
        return code if code in _INCOMPLETE else None

    def _usage(self) -> TokenUsage:
        """Return the tokens of all model calls, those of agents inside of tools included."""
        usage = token_usage(self._result.context_wrapper.usage).plus(self._used_before, sign=-1)
        # The SDK does not count a response that ended early.
        return usage if self._stopped is None else usage.plus(response_usage(self._stopped.usage or {}))
