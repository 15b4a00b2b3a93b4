"""Errors in OpenAI's shape (https://platform.openai.com/docs/guides/error-codes)."""

from __future__ import annotations

from typing import Any

from spanloom.testing.provider.replies import ErrorReply

__all__ = ["error_body", "invalid_request"]

_TYPES = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
_SERVER_ERROR = 500


def error_body(error: ErrorReply) -> dict[str, Any]:
    """The JSON body of an error; it is also the in-band error of a chat stream."""
    default = "server_error" if error.status >= _SERVER_ERROR else "invalid_request_error"
    return {
        "error": {
            "message": error.message,
            "type": error.type or _TYPES.get(error.status, default),
            "param": error.param,
            "code": error.code,
        }
    }


def invalid_request(
    message: str, *, param: str | None = None, code: str | None = None, status: int = 400
) -> ErrorReply:
    """An error for a request that the server can't serve."""
    return ErrorReply(status, message, type="invalid_request_error", param=param, code=code)
