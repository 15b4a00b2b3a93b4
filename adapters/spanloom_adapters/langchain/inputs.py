"""What a runnable is given: messages, a text, or a mapping, as its input schema says.

- A language model, alone or in front, gets the messages.
- A schema of type `string` gets the last user message's text, one of type `array` the messages.
- A schema of type `object` gets a mapping. Its keys are taken from `custom_inputs` where they are; of the others,
  lists of messages get the messages, and the one that remains gets the last user message's text. When both kinds are
  there, the messages are those before the last user message. Where the keys are not declared, the mapping has the
  messages as `messages`, the last user message's text as `input`, and all of `custom_inputs`.
- Where the schema says nothing, `custom_inputs` if given, else the last user message's text.
"""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from weakref import ReferenceType, ref

from langchain_core.language_models import BaseLanguageModel
from langchain_core.messages import BaseMessage, HumanMessage
from langchain_core.runnables import Runnable

from spanloom.errors import AgentError
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom_adapters.langchain.history import request_messages

__all__ = ["QUESTIONS", "runnable_input", "schema_input"]

QUESTIONS = ("input", "question", "query")


def runnable_input(agent: Runnable[Any, Any], request: ResponsesAgentRequest) -> Any:
    """Return the native input for the request.

    Raises:
        AgentError: If keys of the mapping that the runnable takes are missing.
    """
    if isinstance(_first(agent), BaseLanguageModel):
        return request_messages(request)
    return schema_input(_input_schema(agent), request)


def schema_input(schema: dict[str, Any], request: ResponsesAgentRequest) -> Any:
    """Return the input that fits a JSON schema.

    Raises:
        AgentError: If keys of the mapping are missing.
    """
    messages, custom_inputs = request_messages(request), request.custom_inputs or {}
    if "properties" in schema:
        return _mapping(schema, messages, custom_inputs)
    if _holds_messages(schema):
        return messages
    if schema.get("type") == "object":
        return {"messages": messages, "input": _question(messages), **custom_inputs}
    return custom_inputs if custom_inputs and "type" not in schema else _question(messages)


def _first(agent: Any) -> Any:
    for attribute in ("first", "bound", "runnable"):
        inner = getattr(agent, attribute, None)
        if isinstance(inner, Runnable):
            return _first(inner)
    return agent


_schemas: dict[int, tuple[ReferenceType[Any], dict[str, Any]]] = {}
"""What was read of each runnable, by its id (few are hashable): making a schema takes longer than most requests."""


def _input_schema(agent: Runnable[Any, Any]) -> dict[str, Any]:
    place = id(agent)
    known = _schemas.get(place)
    if known is not None and known[0]() is agent:
        return known[1]
    schema = _read_input_schema(agent)
    with suppress(TypeError):  # not everything can be referred to weakly
        _schemas[place] = ref(agent, lambda _: _schemas.pop(place, None)), schema
    return schema


def _read_input_schema(agent: Runnable[Any, Any]) -> dict[str, Any]:
    try:
        schema = agent.get_input_jsonschema()
    except Exception:  # types that have no JSON schema
        return {}
    reference = schema.get("$ref", "").rpartition("/")[2]
    return schema.get("$defs", {}).get(reference, schema)  # type: ignore[no-any-return]


def _holds_messages(schema: dict[str, Any]) -> bool:
    items = schema.get("items")
    return schema.get("type") == "array" and (not items or "Message" in str(items))


def _mapping(schema: dict[str, Any], messages: list[BaseMessage], custom_inputs: dict[str, Any]) -> dict[str, Any]:
    values = {name: value for name, value in custom_inputs.items() if name in schema["properties"]}
    required = schema.get("required", ())
    missing = [name for name in schema["properties"] if name not in values]
    lists = [name for name in missing if _holds_messages(schema["properties"][name])]
    texts = [name for name in missing if name not in lists and (name in required or name in QUESTIONS)]
    text = next((name for name in texts if name in QUESTIONS), texts[0] if len(texts) == 1 else None)
    left = [name for name in texts if name != text and name in required]
    if left:
        raise AgentError(f"this runnable also takes {', '.join(map(repr, left))}: pass them in custom_inputs")
    if text is not None:
        values[text] = _question(messages)
        last = max((index for index, message in enumerate(messages) if isinstance(message, HumanMessage)), default=0)
        messages = messages[:last]
    return {**values, **dict.fromkeys(lists, messages)}


def _question(messages: list[BaseMessage]) -> str:
    return next((message.text for message in reversed(messages) if isinstance(message, HumanMessage)), "")
