"""What each kind of call was given and what it gave back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spanloom.tracing import attributes
from spanloom.tracing.vocabulary import SpanType
from spanloom_autolog.clients.fields import field
from spanloom_autolog.llama_index import models, tools
from spanloom_autolog.llama_index.kinds import Kind
from spanloom_autolog.llama_index.messages import chat_message
from spanloom_autolog.llama_index.values import arguments, documents, event_fields, fields_of, query_text, readable

__all__ = ["facts", "inputs", "name_of", "outputs", "session_of"]

_COUNTED = (Kind.PARSER, Kind.TRANSFORM, Kind.PIPELINE)
"""Kinds that handle whole collections of texts, which would fill the store: only their number is recorded."""


def name_of(kind: Kind, span_type: str, instance: Any, call: str) -> str:
    """Return the name of a call's span."""
    if kind is Kind.TOOL:
        return tools.name_of(instance)
    if kind is Kind.AGENT:
        return str(instance.name)
    if kind is Kind.OTHER or (kind is Kind.MODEL and span_type == SpanType.CHAIN):
        return call
    return type(instance).__name__


def inputs(kind: Kind, span_type: str, instance: Any, given: Mapping[str, Any]) -> Any:  # noqa: PLR0911 - one a kind
    """Return what a call was given, by the names of its parameters."""
    if kind is Kind.MODEL and span_type != SpanType.CHAIN:
        return models.inputs(instance, given)
    if kind is Kind.TOOL:
        return tools.inputs(instance, given)
    if kind in (Kind.AGENT, Kind.TEAM, Kind.WORKFLOW):
        return _start(kind, given.get("start_event"))
    if kind is Kind.CHAT_ENGINE and "message" in given:
        history = [chat_message(message) for message in given.get("chat_history") or ()]
        return {"messages": [*history, {"role": "user", "content": readable(given["message"])}]}
    if kind is Kind.EMBEDDING:
        return {"input": next(iter(given.values()), None), "model": field(instance, "model_name")}
    if kind in (Kind.RETRIEVER, Kind.QUERY_ENGINE) and len(given) == 1:
        return {"query": query_text(*given.values())}
    if kind is Kind.POSTPROCESSOR:
        return {"query": query_text(given.get("query_bundle")), "documents": documents(given.get("nodes") or ())}
    if kind is Kind.SYNTHESIZER and "nodes" in given:
        return {"query": query_text(given.get("query")), "node_ids": [node.node_id for node in given["nodes"]]}
    if kind in _COUNTED:
        return {"count": _count(next(iter(given.values()), None))}
    return arguments(given)


def outputs(kind: Kind, result: Any) -> Any:
    """Return what a call gave back."""
    if kind in (Kind.AGENT, Kind.TEAM, Kind.WORKFLOW):
        return fields_of(result)
    if kind is Kind.EMBEDDING:
        return _embedding(result)
    if kind in _COUNTED:
        return {"count": _count(result)}
    return readable(result)


def facts(kind: Kind, span_type: str, instance: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the attributes that are known when a call begins."""
    if kind is Kind.MODEL and span_type != SpanType.CHAIN:
        return models.request_attributes(instance, given)
    if kind is Kind.AGENT:
        return {attributes.AGENT_NAME: instance.name}
    if kind is Kind.TOOL:
        return {attributes.TOOL_NAME: tools.name_of(instance)}
    if kind is Kind.EMBEDDING:
        model = field(instance, "model_name")
        return {attributes.REQUEST_MODEL: model} if isinstance(model, str) else {}
    return {}


def session_of(kind: Kind, instance: Any, given: Mapping[str, Any]) -> str | None:
    """Return the conversation that the memory of an agent or a chat engine belongs to, if that has a name."""
    if kind in (Kind.AGENT, Kind.TEAM):
        start = given.get("start_event")
        memory = start.get("memory") if start is not None else None
    elif kind is Kind.CHAT_ENGINE:
        memory = field(instance, "_memory")
    else:
        return None
    session = field(memory, "session_id") or field(memory, "chat_store_key")
    return session if isinstance(session, str) and session != "chat_history" else None


def _start(kind: Kind, event: Any) -> Any:
    """Return what a run was asked; `None` where it goes on with an earlier one's state."""
    if event is None:
        return None
    if kind is Kind.WORKFLOW:
        return event_fields(event)
    user = event.get("user_msg")
    messages = [chat_message(message) for message in event.get("chat_history") or ()]
    if user is not None:
        messages.append({"role": "user", "content": user} if isinstance(user, str) else chat_message(user))
    return {"messages": messages}


def _embedding(result: Any) -> dict[str, int]:
    """Return how many vectors there are and how long they are."""
    vectors = result if isinstance(result, Sequence) and result and not isinstance(result[0], float) else [result]
    return {"count": len(vectors), "dimensions": _count(vectors[0]) or 0}


def _count(values: Any) -> int | None:
    return len(values) if isinstance(values, Sequence | Mapping) else None
