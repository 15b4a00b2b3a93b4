from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
import uvicorn

from spanloom.serving import AgentServer, ServerSettings
from spanloom.serving.handlers import registered


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
        self.http.get("/health").raise_for_status()
        self.state = app.state.server

    def stop(self) -> None:
        self.http.close()
        self._server.should_exit = True
        self._thread.join()


Serve = Callable[..., LiveServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    running: list[LiveServer] = []

    def start(agents: Any = None, agent_type: Any = None, **settings: Any) -> LiveServer:
        server = AgentServer(agent_type, agents=agents, settings=ServerSettings(**settings))
        running.append(LiveServer(server.app))
        return running[-1]

    yield start
    for server in running:
        server.stop()
    registered.clear()
