"""The process that runs a server for people on this machine."""

from __future__ import annotations

import socket

import uvicorn
from starlette.types import ASGIApp

from spanloom.errors import SpanloomError

__all__ = ["listen", "serve"]


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that takes connections from now on, so that a browser may be sent there at once.

    Raises:
        SpanloomError: If the address can't be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise SpanloomError(
            f"can't listen on {host} port {port} ({error.strerror}); choose another --port, or let --port 0 find one"
        ) from error


def serve(app: ASGIApp, listening: socket.socket, *, close_seconds: int = 1) -> None:
    """Serve until a signal comes.

    Args:
        app: The application.
        listening: What `listen` gave.
        close_seconds: What running requests get to finish then.
    """
    config = uvicorn.Config(app, access_log=False, log_level="warning", timeout_graceful_shutdown=close_seconds)
    uvicorn.Server(config).run([listening])
