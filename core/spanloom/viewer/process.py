"""The process that runs the viewer."""

from __future__ import annotations

import socket

import uvicorn

from spanloom.errors import SpanloomError
from spanloom.viewer.application import make_application

__all__ = ["listen", "serve"]

_CLOSE_SECONDS = 1


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


def serve(host: str, listening: socket.socket) -> None:
    """Serve the viewer until a signal comes."""
    config = uvicorn.Config(
        make_application(host=host), access_log=False, log_level="warning", timeout_graceful_shutdown=_CLOSE_SECONDS
    )
    uvicorn.Server(config).run([listening])
