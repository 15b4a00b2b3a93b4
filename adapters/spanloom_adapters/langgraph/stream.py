"""The events of a graph."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from langgraph.errors import GraphRecursionError

from spanloom.agents.adapter import Run
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.langchain.finish import overflow_reason
from spanloom_adapters.langchain.usage import CountUsage
from spanloom_adapters.langgraph.conversation import open_conversation
from spanloom_adapters.langgraph.graph_output import GraphOutput
from spanloom_adapters.langgraph.model_calls import ModelCalls

__all__ = ["stream_events"]


async def stream_events(
    graph: Any, request: ResponsesAgentRequest, run: Run
) -> AsyncIterator[ResponsesAgentStreamEvent]:
    """Stream the graph's answer to the request."""
    conversation = await open_conversation(graph, request, run.conversation_id)
    run.native = ModelCalls()
    config = {**conversation.config, "callbacks": [CountUsage(run), run.native]}
    output = GraphOutput(graph, run, conversation)
    native = graph.astream(
        conversation.input, config, stream_mode=["messages", "updates"], subgraphs=True, version="v2"
    )
    try:
        async with aclosing(native) as parts:
            async for part in parts:
                for event in output.add(part):
                    yield event
    except GraphRecursionError:
        run.incomplete_reason = "max_turns"
    except Exception as error:
        run.incomplete_reason = overflow_reason(error)
        if run.incomplete_reason is None:
            raise
    for event in output.finish():
        yield event
