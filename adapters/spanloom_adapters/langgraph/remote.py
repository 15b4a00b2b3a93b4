"""Graphs on a LangGraph server, which gives messages and interrupts as plain dicts and keeps all threads."""

from __future__ import annotations

from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5
from weakref import WeakKeyDictionary

import httpx

__all__ = ["is_remote", "read_schema", "read_state", "remote_thread_id"]

_CHAT: dict[str, Any] = {"properties": {"messages": {"type": "array"}}}
_schemas: WeakKeyDictionary[Any, dict[str, Any]] = WeakKeyDictionary()


def is_remote(graph: Any) -> bool:
    """Tell whether the graph runs on a server; imports nothing to find out."""
    return any(
        kind.__name__ == "RemoteGraph" and kind.__module__.startswith("langgraph.") for kind in type(graph).__mro__
    )


def remote_thread_id(conversation_id: str) -> str:
    """Return the conversation's thread: a server takes nothing but UUIDs."""
    try:
        return str(UUID(conversation_id))
    except ValueError:
        return str(uuid5(NAMESPACE_URL, conversation_id))


async def read_schema(graph: Any) -> dict[str, Any]:
    """Return the JSON schema of what the graph takes; that of a chat where the server does not tell."""
    if graph not in _schemas:
        try:
            _schemas[graph] = await _ask_for_schema(graph)
        except httpx.HTTPError:  # the run itself will tell what is wrong with the server
            return _CHAT
    return _schemas[graph]


async def _ask_for_schema(graph: Any) -> dict[str, Any]:
    assistants, assistant_id = graph.client.assistants, graph.assistant_id
    try:
        UUID(assistant_id)
    except ValueError:  # the name of a graph
        found = await assistants.search(graph_id=assistant_id, limit=1)
        if not found:
            return _CHAT
        assistant_id = found[0]["assistant_id"]
    schemas = await assistants.get_schemas(assistant_id)
    return schemas.get("input_schema") or _CHAT


async def read_state(graph: Any, config: Any) -> Any:
    """Return the thread's state; `None` if there is no such thread yet."""
    try:
        return await graph.aget_state(config, subgraphs=True)
    except httpx.HTTPStatusError as error:
        if error.response.status_code != httpx.codes.NOT_FOUND:
            raise
        return None
