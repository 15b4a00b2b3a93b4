"""The gate in front of a server for people on this machine: only its own pages may ask it, under its own name."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from spanloom.web.errors import HttpError
from spanloom.web.loopback import comes_from_own_page, name_in, names_this_machine

__all__ = ["Gate"]


class Gate:
    """Lets a request through, or answers it with 403.

    Args:
        app: What is behind it.
        host: The name or address that the server listens on.
        name: What the server is, in answers.
    """

    def __init__(self, app: ASGIApp, host: str, name: str) -> None:
        self._app = app
        self._name = name
        self._host = host.lower()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        refusal = self._refusal(Headers(scope=scope)) if scope["type"] == "http" else None
        if refusal is not None:
            await JSONResponse(refusal.body, refusal.status)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _refusal(self, headers: Headers) -> HttpError | None:
        host = headers.get("host", "")
        # A foreign page whose name was made to mean this machine is of the same origin, to a browser.
        if not names_this_machine(host) and name_in(host) != self._host:
            return HttpError(
                403,
                f"this {self._name} is not known as {host[:100]!r}: use its address, or start it with "
                f"--host {name_in(host)[:100]}",
                code="host",
            )
        if not comes_from_own_page(headers):
            return HttpError(403, f"pages of {headers['origin'][:100]} may not ask this {self._name}", code="origin")
        return None
