"""How every contender is served: the same uvicorn, one process, no access log."""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import Any

__all__ = ["serve"]


def serve(app: Any) -> None:
    """Print the port, then serve on it until an interrupt comes."""
    import uvicorn

    config = uvicorn.Config(app, http="httptools", loop="uvloop", access_log=False, log_level="warning")
    with socket.create_server(("127.0.0.1", 0), backlog=2048) as listener, suppress(KeyboardInterrupt):
        print(listener.getsockname()[1], flush=True)
        uvicorn.Server(config).run(sockets=[listener])
