"""The run of a chat engine on a request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

from llama_index.core.base.llms.types import ChatResponseAsyncGen
from llama_index.core.chat_engine.types import BaseChatEngine, StreamingAgentChatResponse

from spanloom.agents.adapter import Run
from spanloom.errors import AgentError
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.llama_index.arrivals import arriving
from spanloom_adapters.llama_index.history import request_messages
from spanloom_adapters.llama_index.model_calls import ModelCalls
from spanloom_adapters.llama_index.raw import incomplete_reason
from spanloom_adapters.llama_index.results import ResultWriter
from spanloom_adapters.llama_index.sources import Sources
from spanloom_adapters.llama_index.workflow_inputs import last_user_text

__all__ = ["chat_engine_events"]


async def chat_engine_events(
    engine: BaseChatEngine, request: ResponsesAgentRequest, run: Run
) -> AsyncGenerator[ResponsesAgentStreamEvent, None]:
    """Ask the engine, yielding the events of its answer."""
    arguments = _arguments(run.native_input(request, _conversation))
    calls = ModelCalls(run)
    engine.reset()  # some take an empty history for none, and go on with their own
    with calls.active():
        if run.output_fn is not None or not run.options.stream:
            response: Any = await engine.achat(**arguments)
        else:
            response = await _begin(engine, arguments)
    if run.output_fn is not None:
        for event in run.output_events(response):
            yield event
    else:
        task = getattr(response, "awrite_response_to_history_task", None)
        pieces = _pieces(response, task) if task is not None else None
        writer = ResultWriter(run, Sources(run))
        async with aclosing(calls.iterate(writer.stream(response, pieces=pieces))) as events:
            async for event in events:
                yield event
    run.incomplete_reason = incomplete_reason(calls.finish_word)


def _conversation(request: ResponsesAgentRequest) -> dict[str, Any]:
    messages = request_messages(request)
    return {"message": last_user_text(messages, "a chat engine"), "chat_history": messages[:-1]}


def _arguments(given: Any) -> dict[str, Any]:
    if isinstance(given, str):
        return {"message": given, "chat_history": []}
    if isinstance(given, Mapping) and isinstance(given.get("message"), str):
        return {"chat_history": [], **given}
    raise AgentError("input_fn must return a text, or a mapping with 'message' and perhaps 'chat_history'")


async def _begin(engine: BaseChatEngine, arguments: dict[str, Any]) -> Any:
    try:
        return await engine.astream_chat(**arguments)
    except (NotImplementedError, ValueError) as error:
        if isinstance(error, ValueError) and not str(error).startswith("Streaming is not enabled"):
            raise
        raise AgentError(f"{type(engine).__name__} can't stream this answer: wrap(engine, stream=False)") from error


async def _pieces(response: StreamingAgentChatResponse, task: asyncio.Task[None]) -> AsyncGenerator[Any, None]:
    """Yield the model's answer as it comes, on its way into the engine's memory.

    The response's own generators hide all but the text, and wait for the model's end after they were closed.
    """
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
