"""Reading what somebody else ran: the events of a workflow, the pieces of a stream, or a result."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import aclosing
from typing import Any, NamedTuple

from llama_index.core.agent.workflow import AgentOutput, ToolCallResult
from llama_index.core.base.llms.types import ChatMessage, MessageRole
from llama_index.core.tools import ToolSelection
from llama_index.core.workflow import Event, StopEvent, Workflow
from workflows.errors import WorkflowRuntimeError
from workflows.events import WorkflowCancelledEvent, WorkflowFailedEvent, WorkflowTimedOutEvent
from workflows.handler import WorkflowHandler

from spanloom.agents.adapter import Run
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom.tracing.provider_usage import provider_usage
from spanloom.tracing.usage import TokenUsage
from spanloom_adapters.llama_index.model_turn import ModelTurn
from spanloom_adapters.llama_index.raw import incomplete_reason
from spanloom_adapters.llama_index.results import add_piece, pieces_of
from spanloom_adapters.llama_index.sources import Sources, nodes_of
from spanloom_adapters.llama_index.workflow_output import WorkflowOutput

__all__ = ["StreamReader", "stream_parts", "whole_parts"]

Events = list[ResponsesAgentStreamEvent]


class _Result(NamedTuple):
    """What a workflow or an engine gave in the end."""

    value: Any


class StreamReader:
    """Takes what `stream_parts` or `whole_parts` gives, and returns the events to send.

    Args:
        run: The run whose response is written.
        native: Where the parts come from.
    """

    def __init__(self, run: Run, native: Any) -> None:
        self._run = run
        self._output = WorkflowOutput(run, _workflow_of(native), count_usage=True)
        self._sources = Sources(run)
        self._sources.add(nodes_of(native) if pieces_of(native) is not None else ())
        self._turn: ModelTurn | None = None
        self._usage: TokenUsage | None = None
        self._result: Any = None

    def add(self, part: Any) -> Events:
        """Take the next part."""
        if isinstance(part, _Result):
            self._result = part.value
            return []
        if isinstance(part, WorkflowFailedEvent | WorkflowTimedOutEvent | WorkflowCancelledEvent):
            raise _failure(part)
        if isinstance(part, StopEvent):
            self._result = part.result if type(part) is StopEvent else part
            return []
        if isinstance(part, Event):
            return self._output.add(part)
        if self._turn is None:
            self._turn = ModelTurn(self._run.response, self._sources)
        # Providers count up to the present piece, or tell in the last one.
        self._usage = provider_usage(getattr(part, "raw", None)) or self._usage
        return add_piece(self._turn, part)

    def finish(self) -> Events:
        """Finish what is open, and write what comes at the end."""
        if self._turn is None:
            return self._output.finish_whole(self._result)
        if self._usage is not None:
            self._run.add_usage(self._usage)
        self._run.incomplete_reason = incomplete_reason(self._turn.finish_word)
        return self._turn.finish()


def stream_parts(native: Any) -> Iterator[Any] | AsyncIterator[Any]:
    """Return the parts of a stream.

    Raises:
        TypeError: If it is none.
    """
    if isinstance(native, WorkflowHandler):
        return _handler_parts(native)
    pieces = pieces_of(native)
    if pieces is not None:
        return pieces
    parts: Iterator[Any] | AsyncIterator[Any] = aiter(native) if hasattr(native, "__aiter__") else iter(native)
    return parts


def whole_parts(native: Any) -> Iterable[Any]:
    """Return the parts of what is over."""
    if isinstance(native, AgentOutput):
        return _output_parts(native)
    if isinstance(native, list) and native and all(isinstance(event, Event) for event in native):
        return native
    pieces = pieces_of(native)
    return pieces if isinstance(pieces, Iterator) else [_Result(native)]


async def _handler_parts(handler: WorkflowHandler) -> AsyncIterator[Any]:
    async with aclosing(handler.stream_events()) as events:
        async for event in events:
            if not isinstance(event, StopEvent):
                yield event
    yield _Result(await handler)


def _output_parts(output: AgentOutput) -> Iterator[Any]:
    """Yield what led to an output: as the last one of a run, it lists the results of all calls."""
    calls: list[Any] = list(output.tool_calls)
    for call in calls:
        if isinstance(call, ToolCallResult):
            yield AgentOutput(
                response=ChatMessage(role=MessageRole.ASSISTANT, blocks=[]),
                tool_calls=[
                    ToolSelection(tool_id=call.tool_id, tool_name=call.tool_name, tool_kwargs=call.tool_kwargs)
                ],
                current_agent_name=output.current_agent_name,
            )
            yield call
    yield output
    yield _Result(output)


def _failure(event: StopEvent) -> Exception:
    """Return what a run failed with; older versions tell only the text."""
    failure = getattr(event, "exception", None)
    if isinstance(failure, Exception):
        return failure
    return WorkflowRuntimeError(str(getattr(event, "exception_message", type(event).__name__)))


def _workflow_of(native: Any) -> Workflow | None:
    # Private, and only to tell the kinds of agents: without it, that is guessed by what they say.
    return getattr(native, "_workflow", None) if isinstance(native, WorkflowHandler) else None
