"""The events of a graph."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from langgraph.errors import GraphRecursionError

from spanloom.agents.adapter import Run
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.langchain.endings import overflow_reason
from spanloom_adapters.langchain.message_items import MessageItems
from spanloom_adapters.langchain.model_calls import ModelCalls
from spanloom_adapters.langchain.run_config import run_config
from spanloom_adapters.langgraph.conversation import Conversation, open_conversation
from spanloom_adapters.langgraph.final_state import FinalState
from spanloom_adapters.langgraph.graph_output import GraphOutput
from spanloom_adapters.langgraph.graph_shape import shape_of
from spanloom_adapters.langgraph.remote import is_remote

__all__ = ["stream_events"]


async def stream_events(
    graph: Any, request: ResponsesAgentRequest, run: Run
) -> AsyncIterator[ResponsesAgentStreamEvent]:
    """Stream the graph's answer to the request."""
    run.native = ModelCalls(run)
    conversation = await open_conversation(graph, request, run)
    shape = shape_of(graph)
    output: GraphOutput | FinalState
    if run.output_fn is None:
        # A server's models call no handler here.
        items = MessageItems(run, conversation.known_ids, count_usage=is_remote(graph))
        output = GraphOutput(run, items, shape, conversation.thread_id)
    else:
        output = FinalState(run, shape, conversation.thread_id)
    native = graph.astream(
        conversation.input, _config(request, run, conversation), **_arguments(graph, run, conversation)
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


def _config(request: ResponsesAgentRequest, run: Run, conversation: Conversation) -> Any:
    thread = {} if conversation.thread_id is None else {"thread_id": conversation.thread_id}
    config = run_config(run, request, run.native, **thread)
    if run.options.recursion_limit is not None:
        config["recursion_limit"] = run.options.recursion_limit
    return config


def _arguments(graph: Any, run: Run, conversation: Conversation) -> dict[str, Any]:
    """Return how to stream; the values are needed where the messages are not the answer."""
    needs_messages = run.output_fn is None
    needs_values = run.output_fn is not None or not conversation.holds_messages
    modes = ["updates", *["messages"] * needs_messages, *["values"] * needs_values]
    arguments: dict[str, Any] = {"stream_mode": modes, "subgraphs": True, "version": "v2"}
    if run.options.context is not None:
        arguments["context"] = run.options.context
    if is_remote(graph):
        arguments["on_disconnect"] = "cancel"
    elif needs_values:
        arguments["output_keys"] = graph.output_channels
    return arguments
