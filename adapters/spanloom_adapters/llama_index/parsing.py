"""What LlamaIndex gives and streams, as standard items, events and answers: for people who keep their own loop."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from contextlib import aclosing
from functools import partial
from typing import Any, NamedTuple, overload

from llama_index.core.agent.workflow import AgentOutput, ToolCallResult
from llama_index.core.base.llms.types import ChatMessage, ChatResponse, CompletionResponse, MessageRole
from llama_index.core.base.response.schema import AsyncStreamingResponse, StreamingResponse
from llama_index.core.chat_engine.types import StreamingAgentChatResponse
from llama_index.core.tools import ToolSelection
from llama_index.core.workflow import Event, StopEvent
from workflows.errors import WorkflowRuntimeError
from workflows.events import WorkflowCancelledEvent, WorkflowFailedEvent, WorkflowTimedOutEvent
from workflows.handler import WorkflowHandler

from spanloom.agents.adapter import Run
from spanloom.agents.reading import read_events, read_whole
from spanloom.schemas.chat_agent import ChatAgentResponse
from spanloom.schemas.converters.chat_to_responses import incomplete_reason
from spanloom.schemas.converters.responses_to_chat_agent import response_to_chat_agent
from spanloom.schemas.responses import ResponsesAgentResponse
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom.tracing.provider_usage import provider_usage
from spanloom.tracing.usage import TokenUsage
from spanloom_adapters.llama_index.model_turn import ModelTurn
from spanloom_adapters.llama_index.raw import finish_word
from spanloom_adapters.llama_index.results import add_piece, pieces_of
from spanloom_adapters.llama_index.sources import Sources, nodes_of
from spanloom_adapters.llama_index.workflow_output import WorkflowOutput

__all__ = ["to_chat_agent", "to_responses_events", "to_responses_items"]


def to_responses_items(native: Any) -> list[dict[str, Any]]:
    """Return what LlamaIndex gave as output items.

    Args:
        native: The result of an agent or workflow, its events (a list of them), the answer of an engine or a model, or
            retrieved nodes.

    Example:
        >>> [item["type"] for item in to_responses_items(await agent.run(user_msg="What is the weather in Paris?"))]
        ['function_call', 'function_call_output', 'message']
    """
    return [item.model_dump(exclude_none=True) for item in _whole(native).output]


@overload
def to_responses_events(
    native_stream: AsyncIterable[Any] | WorkflowHandler | AsyncStreamingResponse, **fields: Any
) -> AsyncIterator[ResponsesAgentStreamEvent]: ...
@overload
def to_responses_events(
    native_stream: Iterable[Any] | StreamingResponse, **fields: Any
) -> Iterator[ResponsesAgentStreamEvent]: ...
@overload
def to_responses_events(
    native_stream: StreamingAgentChatResponse, **fields: Any
) -> Iterator[ResponsesAgentStreamEvent] | AsyncIterator[ResponsesAgentStreamEvent]: ...
def to_responses_events(
    native_stream: Any, **fields: Any
) -> Iterator[ResponsesAgentStreamEvent] | AsyncIterator[ResponsesAgentStreamEvent]:
    """Yield the events of the response that LlamaIndex streams, from first to last.

    Args:
        native_stream: What `run` of an agent or workflow returned, whose events are consumed; the events themselves;
            the streaming answer of an engine; or what a model's `stream_chat` or `astream_chat` gives. Asynchronous
            streams make asynchronous events.
        fields: Fields of the response body, `model` for example.

    Example:
        >>> async for event in to_responses_events(agent.run(user_msg="hi")):
        ...     print(event.type)
    """
    return read_events(partial(_Reader, native=native_stream), _stream_parts(native_stream), **fields)


def to_chat_agent(native: Any) -> ChatAgentResponse:
    """Return what LlamaIndex gave, see `to_responses_items`, as the answer of a chat agent."""
    return response_to_chat_agent(_whole(native))


def _whole(native: Any) -> ResponsesAgentResponse:
    return read_whole(partial(_Reader, native=native), _whole_parts(native))


class _Result(NamedTuple):
    """What a workflow or an engine gave in the end."""

    value: Any


class _Reader:
    """Takes the events of a workflow, the pieces of a model's answer, or a result."""

    def __init__(self, run: Run, native: Any) -> None:
        self._run = run
        # Private, and only to tell the kinds of agents: without it, that is guessed by what they say.
        workflow = getattr(native, "_workflow", None) if isinstance(native, WorkflowHandler) else None
        self._output = WorkflowOutput(run, workflow)
        self._sources = Sources(run)
        self._sources.add(nodes_of(native) if pieces_of(native) is not None else ())
        self._turn: ModelTurn | None = None
        self._usage: TokenUsage | None = None
        self._result: Any = None
        self._finish_word: str | None = None

    def add(self, part: Any) -> list[ResponsesAgentStreamEvent]:
        """Take the next part."""
        if isinstance(part, _Result):
            return self._end(part.value)
        if isinstance(part, WorkflowFailedEvent | WorkflowTimedOutEvent | WorkflowCancelledEvent):
            raise _failure(part)
        if isinstance(part, StopEvent):
            return self._end(part.result if type(part) is StopEvent else part)
        if isinstance(part, Event):
            self._count(provider_usage(part.raw) if isinstance(part, AgentOutput) else None)
            return self._output.add(part)
        if self._turn is None:
            self._turn = ModelTurn(self._run.response, self._sources)
        # Providers count up to the present piece, or tell in the last one.
        self._usage = provider_usage(getattr(part, "raw", None)) or self._usage
        return add_piece(self._turn, part)

    def finish(self) -> list[ResponsesAgentStreamEvent]:
        """Finish what is open, and write what comes at the end."""
        self._count(self._usage)
        if self._turn is not None:
            self._run.incomplete_reason = incomplete_reason([self._turn.finish_word])
            return self._turn.finish()
        self._run.incomplete_reason = incomplete_reason([self._finish_word or self._output.finish_word])
        return self._output.finish_whole(self._result)

    def _end(self, result: Any) -> list[ResponsesAgentStreamEvent]:
        self._result = result
        if isinstance(result, ChatResponse | CompletionResponse):
            self._usage = provider_usage(result.raw)
            self._finish_word = finish_word(result.raw)
        return []

    def _count(self, usage: TokenUsage | None) -> None:
        if usage is not None:
            self._run.add_usage(usage)


def _stream_parts(native: Any) -> Iterator[Any] | AsyncIterator[Any]:
    if isinstance(native, WorkflowHandler):
        return _handler_parts(native)
    pieces = pieces_of(native)
    if pieces is not None:
        return pieces
    parts: Iterator[Any] | AsyncIterator[Any] = aiter(native) if hasattr(native, "__aiter__") else iter(native)
    return parts


def _whole_parts(native: Any) -> Iterable[Any]:
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
