"""Errors as HTTP clients see them, in OpenAI's shape (https://platform.openai.com/docs/guides/error-codes)."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

__all__ = ["HttpError", "answer_errors"]


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


def answer_errors(app: FastAPI, *, overview: str) -> None:
    """Make an application answer every error in that shape, those of paths it does not have included.

    Args:
        app: The application.
        overview: The path that lists what there is.
    """

    async def http_error(_request: Request, error: Exception) -> Response:
        assert isinstance(error, HttpError)
        return JSONResponse(error.body, error.status, error.headers)

    async def no_such_route(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        path = request.url.path[:200]
        if error.status_code == HTTPStatus.NOT_FOUND:
            told = HttpError(404, f"there is no {path} here; {overview} lists what there is", code="not_found")
        elif error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            told = HttpError(error.status_code, f"{request.method} is not for {path}", code="method")
        else:  # the body, which is read before the code of the route
            said = f"{error.detail}; JSON in UTF-8 was expected"
            told = HttpError(error.status_code, said, code="invalid_request")
        return JSONResponse(told.body, told.status, dict(error.headers or {}))

    app.add_exception_handler(HttpError, http_error)
    app.add_exception_handler(HTTPException, no_such_route)


def _type(status: int) -> str:
    if status == HTTPStatus.UNAUTHORIZED:
        return "authentication_error"
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return "rate_limit_error"
    return "invalid_request_error" if status < HTTPStatus.INTERNAL_SERVER_ERROR else "server_error"
