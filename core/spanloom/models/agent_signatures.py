"""The signatures of the standard agents, as MLflow writes them."""

from __future__ import annotations

from typing import Any, Final

from spanloom.models.signature import ModelSignature, Spec

__all__ = ["EXAMPLES", "SIGNATURES"]


def _of(kind: str, *, required: bool = False) -> Spec:
    return {"type": kind, "required": required}


def _array(items: Spec, *, required: bool = False) -> Spec:
    return {"type": "array", "items": items, "required": required}


def _map(values: str) -> Spec:
    return {"type": "map", "values": {"type": values}, "required": False}


def _object(properties: dict[str, Spec], *, required: bool | None = False) -> Spec:
    """Make the type of an object; `None`: it stands in an array, where nothing is required."""
    spec: Spec = {"type": "object", "properties": dict(sorted(properties.items()))}
    return spec if required is None else {**spec, "required": required}


def _columns(columns: dict[str, Spec]) -> list[Spec]:
    return [
        {**{key: part for key, part in spec.items() if key != "required"}, "name": name, "required": spec["required"]}
        for name, spec in columns.items()
    ]


_STRING, _NEEDED = _of("string"), _of("string", required=True)
_LONG, _COUNT = _of("long"), _of("long", required=True)
_BOOLEAN, _DOUBLE, _ANY = _of("boolean"), _of("double"), _of("any")
_CONTEXT = _object({"conversation_id": _STRING, "user_id": _STRING})
_REASONING = _object({"effort": _STRING, "generate_summary": _STRING})
_TYPED = _object({"type": _NEEDED}, required=None)

_TOOL_CALL = _object(
    {
        "function": _object({"arguments": _NEEDED, "name": _NEEDED}, required=True),
        "id": _NEEDED,
        "type": _NEEDED,
    },
    required=None,
)
_MESSAGE: Final = {
    "content": _STRING,
    "name": _STRING,
    "role": _NEEDED,
    "tool_call_id": _STRING,
    "tool_calls": _array(_TOOL_CALL),
}
_AGENT_MESSAGES = _array(
    _object({**_MESSAGE, "attachments": _map("string"), "id": _STRING}, required=None), required=True
)
_CHAT_MESSAGE: Final = {**_MESSAGE, "refusal": _STRING}
_CHAT_USAGE = _object({"completion_tokens": _COUNT, "prompt_tokens": _COUNT, "total_tokens": _COUNT})
_RESPONSES_USAGE = _object(
    {
        "input_tokens": _COUNT,
        "input_tokens_details": _object({"cached_tokens": _COUNT}, required=True),
        "output_tokens": _COUNT,
        "output_tokens_details": _object({"reasoning_tokens": _COUNT}, required=True),
        "total_tokens": _COUNT,
    }
)

_RESPONSES: Final = ModelSignature(
    inputs=_columns(
        {
            "background": _BOOLEAN,
            "context": _CONTEXT,
            "custom_inputs": _map("any"),
            "input": _array({"type": "any"}, required=True),
            "max_output_tokens": _LONG,
            "metadata": _map("string"),
            "parallel_tool_calls": _BOOLEAN,
            "reasoning": _REASONING,
            "store": _BOOLEAN,
            "stream": _BOOLEAN,
            "temperature": _DOUBLE,
            "text": _ANY,
            "tool_choice": _ANY,
            "tools": _array(_TYPED),
            "top_p": _DOUBLE,
            "truncation": _STRING,
            "user": _STRING,
        }
    ),
    outputs=[
        _object(
            {
                "created_at": _DOUBLE,
                "custom_outputs": _map("any"),
                "error": _object({"code": _STRING, "message": _NEEDED}),
                "id": _STRING,
                "incomplete_details": _object({"reason": _STRING}),
                "instructions": _STRING,
                "max_output_tokens": _LONG,
                "metadata": _map("string"),
                "model": _STRING,
                "object": _NEEDED,
                "output": _array(_TYPED, required=True),
                "parallel_tool_calls": _BOOLEAN,
                "previous_response_id": _STRING,
                "reasoning": _REASONING,
                "status": _STRING,
                "temperature": _DOUBLE,
                "text": _ANY,
                "tool_choice": _ANY,
                "tools": _array(_TYPED),
                "top_p": _DOUBLE,
                "truncation": _STRING,
                "usage": _RESPONSES_USAGE,
                "user": _STRING,
            },
            required=True,
        )
    ],
)

_CHAT_AGENT: Final = ModelSignature(
    inputs=_columns(
        {"messages": _AGENT_MESSAGES, "context": _CONTEXT, "custom_inputs": _map("any"), "stream": _BOOLEAN}
    ),
    outputs=_columns(
        {
            "messages": _AGENT_MESSAGES,
            "finish_reason": _STRING,
            "custom_outputs": _map("any"),
            "usage": _CHAT_USAGE,
        }
    ),
)

_PARAMETER = _object(
    {
        "description": _STRING,
        "enum": _array({"type": "string"}),
        "items": _object({"type": _NEEDED}),
        "type": _NEEDED,
    },
    required=None,
)
_PARAMETERS = _object(
    {
        "additionalProperties": _BOOLEAN,
        "properties": {"type": "map", "values": _PARAMETER, "required": True},
        "required": _array({"type": "string"}),
        "type": _STRING,
    },
    required=True,
)
_FUNCTION = _object({"description": _STRING, "name": _NEEDED, "parameters": _PARAMETERS, "strict": _BOOLEAN})

_CHAT_MODEL: Final = ModelSignature(
    inputs=_columns(
        {
            "messages": _array(_object(_CHAT_MESSAGE, required=None), required=True),
            "temperature": _DOUBLE,
            "max_tokens": _LONG,
            "stop": _array({"type": "string"}),
            "n": _LONG,
            "stream": _BOOLEAN,
            "top_p": _DOUBLE,
            "top_k": _LONG,
            "frequency_penalty": _DOUBLE,
            "presence_penalty": _DOUBLE,
            "tools": _array(_object({"function": _FUNCTION, "type": _NEEDED}, required=None)),
            "custom_inputs": _map("any"),
        }
    ),
    outputs=_columns(
        {
            "id": _NEEDED,
            "object": _NEEDED,
            "created": _COUNT,
            "model": _NEEDED,
            "choices": _array(
                _object(
                    {"finish_reason": _NEEDED, "index": _COUNT, "message": _object(_CHAT_MESSAGE, required=True)},
                    required=None,
                ),
                required=True,
            ),
            "usage": _CHAT_USAGE,
            "custom_outputs": _map("any"),
        }
    ),
)

SIGNATURES: Final = {
    "agent/v1/responses": _RESPONSES,
    "agent/v2/chat": _CHAT_AGENT,
    "agent/v1/chat": _CHAT_MODEL,
}
"""By the task that a model's metadata names."""

_HELLO: Final = [{"role": "user", "content": "Hello!"}]
EXAMPLES: Final[dict[str, dict[str, Any]]] = {
    "agent/v1/responses": {"input": _HELLO},
    "agent/v2/chat": {"messages": _HELLO},
    "agent/v1/chat": {"messages": _HELLO},
}
"""The input examples of models that are saved without one, by the same."""
