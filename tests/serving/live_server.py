"""Applications on real sockets."""

from __future__ import annotations

import socket
import threading
from typing import Any

import httpx
import uvicorn


class LiveServer:
    """A server on a real socket, in a thread of this process."""

    def __init__(self, app: Any) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        config = uvicorn.Config(app, log_level="warning", access_log=False, timeout_graceful_shutdown=5)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],))
        self._thread.start()
        self.http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)
        self.http.get("/").raise_for_status()

    def stop(self) -> None:
        self.http.close()
        self._server.should_exit = True
        self._thread.join()
