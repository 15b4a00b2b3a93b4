"""The events of a run, written into a response."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from agents import Agent, MaxTurnsExceeded, ModelBehaviorError, ModelRefusalError, RunResultStreaming
from agents.items import RunItem
from agents.stream_events import StreamEvent

from spanloom.agents.adapter import Run
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom.tracing.usage import TokenUsage
from spanloom_adapters.openai.usage import token_usage as response_usage
from spanloom_adapters.openai_agents.model_turn import ModelTurn
from spanloom_adapters.openai_agents.run_items import item_of, speaks_by_name, write_end, write_once
from spanloom_adapters.openai_agents.usage import token_usage

__all__ = ["RunOutput", "native_events"]

Events = list[ResponsesAgentStreamEvent]

_FROM_THE_RUNNER = frozenset(
    {"handoff_output_item", "mcp_approval_response_item", "tool_call_output_item", "tool_search_output_item"}
)
"""Run items that no model may have said; the others repeat what its events told."""
_INCOMPLETE = frozenset({"context_length_exceeded", "content_filter"})
"""Codes of errors that say: with this input there is no answer."""


async def native_events(result: RunResultStreaming) -> AsyncGenerator[StreamEvent | BaseException, None]:
    """Yield the events of a run; what it raises comes last. Closing stops the run."""
    natives = result.stream_events()
    failure: BaseException | None = None
    try:
        async for native in natives:
            yield native
    except Exception as error:
        failure = error
    finally:
        if not result.is_complete:
            # Otherwise, closing the stream would wait for the end of the run.
            result.cancel()
        await natives.aclose()  # type: ignore[attr-defined] # a generator
    # Of a run that failed before its first event, the stream does not tell.
    failure = failure or result.run_loop_exception
    if failure is not None:
        yield failure


class RunOutput:
    """Takes what `native_events` yields, and returns the events to send.

    Args:
        run: What is written to: items, usage, custom outputs, the reason why the run stopped before its end.
        result: The native run.
        agent: The agent that it began with.
    """

    def __init__(self, run: Run, result: RunResultStreaming, agent: Agent[Any]) -> None:
        self._run = run
        self._result = result
        self._named = speaks_by_name(agent)
        self._speaker = agent.name
        self._turn: ModelTurn | None = None
        self._stopped: ModelTurn | None = None
        self._raised = False
        # A run that goes on counts what it used before, too.
        self._used_before = token_usage(result.context_wrapper.usage)

    def add(self, native: StreamEvent | BaseException) -> Events:
        """Take the next event, or what the run raised, which passes unless it says why the run is incomplete."""
        if isinstance(native, BaseException):
            return self._stop(native)
        if native.type == "raw_response_event":
            return self._add_raw(native.data)
        if native.type == "run_item_stream_event":
            return self._add_item(native.item)
        self._speaker = native.new_agent.name
        return []

    def finish(self) -> Events:
        """Write what the run leaves at its end."""
        self._run.add_usage(self._usage())
        return [] if self._raised else write_end(self._result, self._run)

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

    def _stop(self, error: BaseException) -> Events:
        self._raised = True
        if isinstance(error, ModelRefusalError):
            return self._refuse(error)
        self._run.incomplete_reason = self._reason(error)
        if self._run.incomplete_reason is None:
            raise error
        return []

    def _refuse(self, error: ModelRefusalError) -> Events:
        response = self._run.response
        if any(part["type"] == "refusal" for item in response.output[-1:] for part in item.get("content") or ()):
            return []
        return response.refusal(error.refusal, self) + response.finish_item(self)

    def _reason(self, error: BaseException) -> str | None:
        if isinstance(error, MaxTurnsExceeded):
            return "max_turns"
        if isinstance(error, ModelBehaviorError) and "finish_reason='length'" in str(error):
            return "max_output_tokens"  # of a chat completion without a word; all others seem complete
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
