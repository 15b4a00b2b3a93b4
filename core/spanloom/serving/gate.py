"""The gate in front of all paths: API keys, and requests that a foreign page made a browser send."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from spanloom.serving.errors import HttpError
from spanloom.serving.exchange import send_error

__all__ = ["Gate"]

_OPEN = frozenset({"/", "/docs", "/health", "/openapi.json", "/ready"})
"""Paths that tell nothing about anybody: everyone may read them."""
_OPEN_FOLDER = "/page/"


class Gate:
    """Lets a request through, or answers it with 401 or 403.

    Args:
        app: What is behind it.
        api_keys: See `ServerSettings`, as for `cors`.
    """

    def __init__(self, app: ASGIApp, api_keys: Sequence[str], cors: Sequence[str]) -> None:
        self._app = app
        self._api_keys = [key.encode() for key in api_keys]
        self._cors = frozenset(cors)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                self._check(scope)
            except HttpError as error:
                await send_error(error, send)
                return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        if not self._api_keys and scope["method"] != "POST":
            return
        headers = Headers(scope=scope)
        if scope["method"] == "POST":
            self._check_origin(headers)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if self._api_keys and path not in _OPEN and not path.startswith(_OPEN_FOLDER) and scope["method"] != "OPTIONS":
            self._check_key(headers)

    def _check_key(self, headers: Headers) -> None:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        # Every key is compared, in constant time: neither the time nor the order tells anything.
        right = [secrets.compare_digest(given.strip().encode(), key) for key in self._api_keys]
        if scheme.lower() != "bearer" or not any(right):
            raise HttpError(
                401,
                "this server needs an API key: send it as 'Authorization: Bearer …'",
                code="invalid_api_key",
                headers={"www-authenticate": "Bearer"},
            )

    def _check_origin(self, headers: Headers) -> None:
        # A page of another site can make a browser post here without asking; what it must not do is have an effect.
        origin = headers.get("origin")
        if origin is None or origin in self._cors or "*" in self._cors:
            return
        if origin.partition("://")[2] != headers.get("host"):
            raise HttpError(
                403,
                f"pages of {origin[:100]} may not call this server: serve with --cors {origin[:100]}",
                code="origin",
            )
