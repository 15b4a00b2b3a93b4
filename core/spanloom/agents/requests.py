"""The ways a standard agent may be called: with a request, a dict, or keyword arguments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from spanloom.errors import SchemaError
from spanloom.schemas.responses import ResponsesAgentRequest, validate_request

__all__ = ["request_of"]


def request_of(args: tuple[Any, ...], fields: dict[str, Any]) -> ResponsesAgentRequest:
    """Return the request that a call's arguments make up.

    Raises:
        SchemaError: If they make none; the message names every field path.
    """
    if len(args) == 1 and not fields:
        return validate_request(args[0])
    if not args and set(fields) == {"request"} and isinstance(fields["request"], Mapping | BaseModel):
        return validate_request(fields["request"])
    if not args and fields:
        return validate_request(fields)
    raise SchemaError(
        "an agent takes one request: predict({'input': 'hi'}), predict(ResponsesAgentRequest(input='hi')) "
        f"or predict(input='hi'); got {len(args)} positional and {len(fields)} keyword arguments"
    )
