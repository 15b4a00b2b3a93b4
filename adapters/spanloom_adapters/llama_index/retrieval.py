"""The run of a query engine or a retriever on a request."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.response.schema import AsyncStreamingResponse

from spanloom.agents.adapter import Run
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.llama_index.history import request_messages
from spanloom_adapters.llama_index.model_calls import ModelCalls
from spanloom_adapters.llama_index.raw import incomplete_reason
from spanloom_adapters.llama_index.results import ResultWriter
from spanloom_adapters.llama_index.sources import Sources
from spanloom_adapters.llama_index.workflow_inputs import last_user_text

__all__ = ["retrieval_events"]


async def retrieval_events(
    engine: BaseQueryEngine | BaseRetriever, request: ResponsesAgentRequest, run: Run
) -> AsyncGenerator[ResponsesAgentStreamEvent, None]:
    """Ask for the last user message, yielding the events of what is found."""
    query: Any = run.native_input(request, _question)
    calls = ModelCalls(run)
    with calls.active():
        if isinstance(engine, BaseRetriever):
            result: Any = await engine.aretrieve(query)
        else:
            result = await engine.aquery(query)
        if run.output_fn is not None and isinstance(result, AsyncStreamingResponse):
            result = await result.get_response()
    if run.output_fn is not None:
        for event in run.output_events(result):
            yield event
    else:
        async with aclosing(calls.iterate(ResultWriter(run, Sources(run)).stream(result))) as events:
            async for event in events:
                yield event
    run.incomplete_reason = incomplete_reason(calls.finish_word)


def _question(request: ResponsesAgentRequest) -> str:
    return last_user_text(request_messages(request), "a query engine or retriever")
