"""What graphs give and stream, as standard items, events and answers: for people who keep their own loop."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from typing import Any

from spanloom.agents.adapter import Run
from spanloom.agents.reading import read_events, read_whole, sync_or_async
from spanloom.schemas.chat_agent import ChatAgentResponse
from spanloom.schemas.converters.responses_to_chat_agent import response_to_chat_agent
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.langchain.message_items import MessageItems
from spanloom_adapters.langgraph.graph_output import GraphOutput
from spanloom_adapters.langgraph.graph_shape import GraphShape
from spanloom_adapters.langgraph.parts import part_of, parts_of_whole

__all__ = ["to_chat_agent", "to_responses_events", "to_responses_items"]


class _AnyParts:
    """Takes what a graph streams, in whatever form."""

    def __init__(self, run: Run) -> None:
        self._output = GraphOutput(run, MessageItems(run, count_usage=True), GraphShape(), None)
        self.finish = self._output.finish

    def add(self, part: Any) -> list[ResponsesAgentStreamEvent]:
        """Take the next part."""
        return self._output.add(part_of(part))


def to_responses_items(native: Any) -> list[dict[str, Any]]:
    """Return what a graph gave as output items.

    Args:
        native: The state that `invoke` returned, of whose messages those after the user's last are the answer; the
            updates of nodes (a dict by node, or a list of these), all of which is the answer; or what an `@entrypoint`
            function returned.

    Example:
        >>> [item["type"] for item in to_responses_items(graph.invoke({"messages": [("user", "Paris?")]}))]
        ['function_call', 'function_call_output', 'message']
    """
    response = read_whole(_AnyParts, parts_of_whole(native))
    return [item.model_dump(exclude_none=True) for item in response.output]


@sync_or_async
def to_responses_events(
    native_stream: Iterable[Any] | AsyncIterable[Any], **fields: Any
) -> Iterator[ResponsesAgentStreamEvent] | AsyncIterator[ResponsesAgentStreamEvent]:
    """Yield the events of the response that a graph streams, from first to last.

    Args:
        native_stream: What `stream` or `astream` of the graph returned, with the stream modes `messages`, `updates` or
            `values`, or several of them, with `subgraphs` or without, in either version. Text comes in pieces with
            `messages`, and a run that was interrupted is known by `updates`: best are both. A state without messages
            needs `values`. Closed with these events.
        fields: Fields of the response body, `model` for example.

    Example:
        >>> stream = graph.stream({"messages": [("user", "Paris?")]}, stream_mode=["messages", "updates"])
        >>> list(to_responses_events(stream))[-1].type
        'response.completed'
    """
    return read_events(_AnyParts, native_stream, **fields)


def to_chat_agent(native: Any) -> ChatAgentResponse:
    """Return what a graph gave, see `to_responses_items`, as the answer of a chat agent."""
    return response_to_chat_agent(read_whole(_AnyParts, parts_of_whole(native)))
