from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from typing import Any

import pytest
from live_server import LiveServer

from spanloom.serving import AgentServer, ServerSettings
from spanloom.serving.handlers import registered

if find_spec("playwright") is not None:
    from browsing import browser, complaints, page  # noqa: F401 - fixtures


class LiveAgentServer(LiveServer):
    """An agent server whose inside can be looked at."""

    def __init__(self, app: Any) -> None:
        super().__init__(app)
        self.state = app.state.server


Serve = Callable[..., LiveAgentServer]


@pytest.fixture
def serve() -> Iterator[Serve]:
    running: list[LiveAgentServer] = []

    def start(agents: Any = None, agent_type: Any = None, **settings: Any) -> LiveAgentServer:
        server = AgentServer(agent_type, agents=agents, settings=ServerSettings(**settings))
        running.append(LiveAgentServer(server.app))
        return running[-1]

    yield start
    for server in running:
        server.stop()
    registered.clear()
