"""What the OpenAPI document says about requests and answers."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

__all__ = ["answers", "request_body"]

_ERROR_SCHEMA = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
        }
    },
}

_ERRORS = {
    400: "The request does not fit",
    401: "An API key is missing or wrong",
    403: "The page that sent the request is not allowed to",
    404: "There is no such thing",
    413: "The request body is too large",
    429: "Too many requests run; try again after `Retry-After` seconds",
    500: "The agent failed; the trace tells why",
    503: "The server is stopping; try again",
    504: "The agent took too long",
}


def request_body(schema_of: type[BaseModel], example: dict[str, Any], **further: Any) -> dict[str, Any]:
    """Return what `openapi_extra` says about a JSON body.

    Args:
        schema_of: What it is read as.
        example: A body that works.
        further: Fields that the schema does not list.
    """
    schema = schema_of.model_json_schema(ref_template="#/components/schemas/{model}")
    definitions = schema.pop("$defs", {})
    inlined = _inline(schema, definitions, ())
    inlined["properties"] = {**inlined.get("properties", {}), **further}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": inlined, "example": example}}}}


def _inline(schema: Any, definitions: dict[str, Any], inside: tuple[str, ...]) -> Any:
    """Return the schema without references: they would have to be registered with the application."""
    if isinstance(schema, list):
        return [_inline(part, definitions, inside) for part in schema]
    if not isinstance(schema, dict):
        return schema
    reference = schema.get("$ref")
    if isinstance(reference, str):
        name = reference.rpartition("/")[2]
        return {} if name in inside else _inline(definitions[name], definitions, (*inside, name))
    # Pydantic writes `oneOf` for unions that are told apart by a function; what they allow may overlap.
    names = {"oneOf": "anyOf"}
    return {names.get(key, key): _inline(value, definitions, inside) for key, value in schema.items()}


def answers(success: str, *errors: int, streams: bool = False) -> dict[int | str, dict[str, Any]]:
    """Return what `responses` says: the good answer, and the errors of these statuses."""
    content: dict[str, Any] = {"application/json": {"schema": {"type": "object"}}}
    if streams:
        content["text/event-stream"] = {"schema": {"type": "string"}}
    good: dict[int | str, dict[str, Any]] = {200: {"description": success, "content": content}}
    bad = {"application/json": {"schema": _ERROR_SCHEMA}}
    return good | {status: {"description": _ERRORS[status], "content": bad} for status in errors}
