"""Errors as HTTP clients see them, in OpenAI's shape (https://platform.openai.com/docs/guides/error-codes)."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

__all__ = ["HttpError", "agent_failed", "invalid_request"]


class HttpError(Exception):
    """A request that is answered with an error.

    Args:
        status: The HTTP status.
        message: What was wrong, what was expected, and the fix; shown to the client.
        code: A word for programs.
        param: The field that is wrong.
        headers: Headers of the answer.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.param = param
        self.headers = dict(headers or {})

    @property
    def body(self) -> dict[str, Any]:
        """The body of the answer."""
        return {"error": {"message": str(self), "type": _type(self.status), "param": self.param, "code": self.code}}

    @property
    def response_error(self) -> dict[str, Any]:
        """The `error` of a response object that failed like this."""
        return {"code": self.code or "server_error", "message": str(self)}


def invalid_request(error: Exception) -> HttpError:
    """Return the answer to a request that does not fit its schema; the message names every field path."""
    text = str(error)
    first = text.splitlines()[1] if "\n" in text else text
    path, colon, _ = first.strip().partition(": ")
    return HttpError(400, text, code="invalid_request", param=path if colon and " " not in path else None)


def agent_failed(trace_id: str) -> HttpError:
    """Return the answer to a request whose agent raised: what it raised is in the trace, and not for clients."""
    return HttpError(500, f"the agent failed; its trace {trace_id} tells why", code="agent_error")


def _type(status: int) -> str:
    if status == HTTPStatus.UNAUTHORIZED:
        return "authentication_error"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "rate_limit_error"
    return "invalid_request_error" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "server_error"
