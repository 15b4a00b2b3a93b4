"""What a graph is run on.

A graph whose state has `messages` gets the request's messages, and those of `custom_inputs` that its input declares.
Any other gets what `spanloom_adapters.langchain.inputs` says for its input type; that of an `@entrypoint` function is
what its first parameter declares, or the messages if that is called `messages`. Of a state, nothing is required: where
no field is called `input`, `question` or `query`, the first one that is a text gets the last user message's text.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
from typing import Any, get_args, get_origin, get_type_hints

from langchain_core.messages import BaseMessage
from pydantic import BaseModel

from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom_adapters.langchain.history import request_messages
from spanloom_adapters.langchain.inputs import QUESTIONS, schema_input
from spanloom_adapters.langgraph.remote import is_remote, read_schema

__all__ = ["GraphInput", "graph_input", "is_functional"]

_PREVIOUS = "__previous__"
"""LangGraph's channel for what an entrypoint returned before."""
_MESSAGES = {"type": "array"}


class GraphInput:
    """What one graph takes.

    Attributes:
        holds_messages: Whether the graph's state has `messages`.
    """

    def __init__(self, graph: Any, schema: dict[str, Any] | None) -> None:
        self._graph = graph
        self._schema = schema
        self.holds_messages = "messages" in (graph.channels if schema is None else schema.get("properties", ()))

    def of(self, request: ResponsesAgentRequest, messages: list[BaseMessage] | None = None) -> Any:
        """Return the input for the request.

        Args:
            request: The request.
            messages: What of its messages is new, if not all.
        """
        if not self.holds_messages:
            return schema_input(self._declared(), request)
        new = request_messages(request) if messages is None else messages
        extra = {name: value for name, value in (request.custom_inputs or {}).items() if name != "messages"}
        declared = self._declared().get("properties", {}) if extra else {}
        values = {name: value for name, value in extra.items() if name in declared}
        if "custom_inputs" in getattr(self._graph, "channels", ()):  # a `ChatAgentState`
            context = request.context.model_dump(exclude_none=True) if request.context is not None else None
            values |= {"context": context, "custom_inputs": request.custom_inputs}
        return {**values, "messages": new}

    def _declared(self) -> dict[str, Any]:
        if self._schema is None:
            self._schema = _schema_of(_entrypoint_input(self._graph) or _state_input(self._graph))
        return self._schema


async def graph_input(graph: Any) -> GraphInput:
    """Return what the graph takes; a remote one is asked."""
    if not is_remote(graph):
        return GraphInput(graph, None)
    schema = await read_schema(graph)
    properties = schema.get("properties")
    return GraphInput(graph, schema if properties is None else _state_schema(properties))


def is_functional(graph: Any) -> bool:
    """Tell whether the graph is an `@entrypoint` function."""
    return _PREVIOUS in getattr(graph, "channels", ())


def _entrypoint_input(graph: Any) -> Any:
    """Return the type that an entrypoint's first parameter declares."""
    if not is_functional(graph):
        return None
    [node] = graph.nodes.values()
    function = node.bound.func or node.bound.afunc
    name = next(iter(inspect.signature(function).parameters))
    return _hints(function).get(name, list if name == "messages" else Any)


def _state_input(graph: Any) -> Any:
    return getattr(getattr(graph, "builder", None), "input_schema", Any)


def _schema_of(kind: Any) -> dict[str, Any]:
    """Return the JSON schema of a type, as far as it matters here.

    Pydantic's own has no room for `typing.TypedDict` before Python 3.12, nor for types that it does not know.
    """
    origin = get_origin(kind) or kind
    if origin is str:
        return {"type": "string"}
    # `typing.is_typeddict` does not know those of `typing_extensions`.
    if hasattr(origin, "__required_keys__") or dataclasses.is_dataclass(origin) or _is_subclass(origin, BaseModel):
        return _state_schema({name: _field_schema(hint) for name, hint in _hints(origin).items()})
    if _is_subclass(origin, list):
        return _MESSAGES
    return {"type": "object"} if _is_subclass(origin, Mapping) else {}


def _state_schema(properties: dict[str, Any]) -> dict[str, Any]:
    texts = [name for name, schema in properties.items() if schema.get("type") == "string"]
    questions = [name for name in QUESTIONS if name in properties]
    return {"properties": properties, "required": (questions or texts)[:1]}


def _field_schema(hint: Any) -> dict[str, Any]:
    if hint is str:
        return {"type": "string"}
    return _MESSAGES if get_origin(hint) is list and _mentions_messages(hint) else {}


def _mentions_messages(hint: Any) -> bool:
    return _is_subclass(hint, BaseMessage) or any(map(_mentions_messages, get_args(hint)))


def _is_subclass(kind: Any, base: type) -> bool:
    return isinstance(kind, type) and issubclass(kind, base)


def _hints(declared: Any) -> dict[str, Any]:
    try:
        return get_type_hints(declared)
    except Exception:  # names that only its own module's type checker knows
        return {}
