"""The run of a chat engine, a query engine or a retriever on a request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.llms.types import ChatResponseAsyncGen
from llama_index.core.base.response.schema import AsyncStreamingResponse
from llama_index.core.chat_engine.types import BaseChatEngine, StreamingAgentChatResponse

from spanloom.agents.adapter import Run
from spanloom.errors import AgentError
from spanloom.schemas.converters.chat_to_responses import incomplete_reason
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.llama_index.arrivals import arriving
from spanloom_adapters.llama_index.endings import stopping
from spanloom_adapters.llama_index.inputs import chat_arguments, query
from spanloom_adapters.llama_index.model_calls import ModelCalls
from spanloom_adapters.llama_index.results import ResultWriter
from spanloom_adapters.llama_index.sources import Sources

__all__ = ["engine_events"]


async def engine_events(
    engine: BaseChatEngine | BaseQueryEngine | BaseRetriever, request: ResponsesAgentRequest, run: Run
) -> AsyncGenerator[ResponsesAgentStreamEvent, None]:
    """Ask the engine, yielding the events of its answer."""
    calls = ModelCalls(run)
    with stopping(run):
        with calls.active():
            if isinstance(engine, BaseChatEngine):
                result = await _chat(engine, request, run)
            else:
                result = await _look_up(engine, request, run)
        if run.output_fn is not None:
            for event in run.output_events(result):
                yield event
        else:
            written = ResultWriter(run, Sources(run)).stream(result, pieces=_chat_pieces(result))
            async with aclosing(calls.iterate(written)) as events:
                async for event in events:
                    yield event
        run.incomplete_reason = incomplete_reason([calls.finish_word])


async def _chat(engine: BaseChatEngine, request: ResponsesAgentRequest, run: Run) -> Any:
    arguments = chat_arguments(request, run)
    engine.reset()  # some take an empty history for none, and go on with their own
    if run.output_fn is not None or not run.options.stream:
        return await engine.achat(**arguments)
    try:
        return await engine.astream_chat(**arguments)
    except (NotImplementedError, ValueError) as error:
        if isinstance(error, ValueError) and not str(error).startswith("Streaming is not enabled"):
            raise
        raise AgentError(f"{type(engine).__name__} can't stream this answer: wrap(engine, stream=False)") from error


async def _look_up(engine: BaseQueryEngine | BaseRetriever, request: ResponsesAgentRequest, run: Run) -> Any:
    asked = query(request, run)
    if isinstance(engine, BaseRetriever):
        return await engine.aretrieve(asked)
    result = await engine.aquery(asked)
    if run.output_fn is not None and isinstance(result, AsyncStreamingResponse):
        return await result.get_response()
    return result


def _chat_pieces(response: Any) -> AsyncGenerator[Any, None] | None:
    """Return the model's answer as it comes on its way into a chat engine's memory; `None` of any other response.

    The response's own generators hide all but the text, and wait for the model's end after they were closed.
    """
    task = getattr(response, "awrite_response_to_history_task", None)
    return None if task is None else _on_the_way(response, task)


async def _on_the_way(response: StreamingAgentChatResponse, task: asyncio.Task[None]) -> AsyncGenerator[Any, None]:
    assert response.achat_stream is not None
    arrived: asyncio.Queue[Any] = asyncio.Queue()
    response.achat_stream = _copied(response.achat_stream, arrived)  # the task has not begun yet
    came = False
    async with aclosing(arriving(task, arrived)) as pieces:
        async for piece in pieces:
            came = True
            yield piece
    if not came:
        yield response.response


async def _copied(stream: ChatResponseAsyncGen, arrived: asyncio.Queue[Any]) -> ChatResponseAsyncGen:
    async for piece in stream:
        arrived.put_nowait(piece)
        yield piece
