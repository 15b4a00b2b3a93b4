"""The gate in front of all paths: API keys, and requests that foreign pages made a browser send."""

from __future__ import annotations

import secrets

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from spanloom.serving.exchange import send_error
from spanloom.serving.settings import ServerSettings
from spanloom.web.errors import HttpError
from spanloom.web.loopback import comes_from_own_page, comes_from_this_machine, names_this_machine

__all__ = ["Gate"]

_OPEN = frozenset({"/", "/docs", "/health", "/openapi.json", "/ready"})
"""Paths that tell nothing about anybody: everyone may read them."""
_OPEN_FOLDER = "/page/"


class Gate:
    """Lets a request through, or answers it with 401 or 403.

    Args:
        app: What is behind it.
        settings: See there.
    """

    def __init__(self, app: ASGIApp, settings: ServerSettings) -> None:
        self._app = app
        self._api_keys = [key.encode() for key in settings.api_keys]
        self._cors = frozenset(settings.cors)
        self._allowed_hosts = frozenset(settings.allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                self._check(scope)
            except HttpError as error:
                await send_error(error, send)
                return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        if scope["method"] == "POST":
            self._check_origin(headers)
        if not self._api_keys:
            self._check_host(headers, scope)
            return
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if path not in _OPEN and not path.startswith(_OPEN_FOLDER) and scope["method"] != "OPTIONS":
            self._check_key(headers)

    def _check_host(self, headers: Headers, scope: Scope) -> None:
        # A foreign page whose name was made to mean this machine is of the same origin, to a browser.
        host = headers.get("host", "")
        if host in self._allowed_hosts or names_this_machine(host) or not comes_from_this_machine(scope):
            return
        raise HttpError(
            403,
            f"this server is not known as {host[:100]!r}: serve with --allowed-host {host[:100]}, or with an API key",
            code="host",
        )

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
        if comes_from_own_page(headers) or "*" in self._cors or headers["origin"] in self._cors:
            return
        origin = headers["origin"][:100]
        raise HttpError(403, f"pages of {origin} may not call this server: serve with --cors {origin}", code="origin")
