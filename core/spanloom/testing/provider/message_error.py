"""Anthropic's error shape (https://platform.claude.com/docs/en/api/errors)."""

from __future__ import annotations

from typing import Any

from spanloom.testing.provider.replies import ErrorReply

__all__ = ["message_error"]

_TYPES = {
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}
_SERVER_ERROR = 500


def message_error(error: ErrorReply, request_id: str | None = None) -> dict[str, Any]:
    """The JSON body of an error; without the id of a request it is the in-band error of a stream."""
    default = "api_error" if error.status >= _SERVER_ERROR else "invalid_request_error"
    body = {
        "type": "error",
        "error": {"type": error.type or _TYPES.get(error.status, default), "message": error.message},
    }
    return {**body, "request_id": request_id} if request_id is not None else body
