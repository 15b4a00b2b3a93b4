"""`AgentServer`: an application to mount anywhere, or to run by itself."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from spanloom.errors import AgentError
from spanloom.serving.settings import ServerSettings
from spanloom.web import server_extra_needed

if TYPE_CHECKING:
    from fastapi import FastAPI

    from spanloom.serving.agents import AgentType

__all__ = ["AgentServer"]


class AgentServer:
    """Serves agents over HTTP: those given, or else the functions registered with `@invoke()` and `@stream()`.

    Args:
        agent_type: The schema of registered functions: `ResponsesAgent`, or nothing for any JSON.
        agents: Native or standard agents by name.
        settings: The limits; the defaults suit one machine.

    Raises:
        AgentError: If an agent can't be served.
        AdapterNotFoundError: If nobody knows an agent.
        MissingExtraError: If the extra `server` is not installed.

    Example:
        >>> server = AgentServer(agents={"support": graph, "sales": crew})
        >>> app = server.app  # uvicorn module:app
    """

    def __init__(
        self,
        agent_type: AgentType | None = None,
        *,
        agents: Mapping[str, Any] | None = None,
        settings: ServerSettings | None = None,
    ) -> None:
        if agents is not None and agent_type is not None:
            raise AgentError("AgentServer() takes agents, or the type of registered functions; one of the two")
        if agents is not None and not agents:
            raise AgentError("AgentServer(agents={}): expected at least one agent")
        self._agent_type = agent_type
        self._agents = agents
        self.settings = settings or ServerSettings()
        _ = self.app  # what is wrong shows here

    @cached_property
    def app(self) -> FastAPI:
        """The ASGI application."""
        with server_extra_needed("the agent server"):
            from spanloom.serving.application import make_application
            from spanloom.serving.metrics import Metrics
        from spanloom.serving.admission import Admission
        from spanloom.serving.agents import ServedAgents
        from spanloom.serving.state import ServerState
        from spanloom.serving.stored_responses import StoredResponses

        settings = self.settings
        state = ServerState(
            agents=ServedAgents(self._agents, self._agent_type, settings.state),
            settings=settings,
            admission=Admission(settings.max_concurrency),
            metrics=Metrics(),
            stored=StoredResponses(settings.state),
        )
        return make_application(state)

    @property
    def names(self) -> list[str]:
        """What the agents are called."""
        return list(self.app.state.server.agents.by_name())

    def run(
        self,
        app_import_string: str | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 8000,
        workers: int = 1,
        reload: bool = False,
    ) -> None:
        """Serve until a signal comes; running requests may finish first. The script's own command line is heeded.

        Args:
            app_import_string: Where other processes find the application, `"module:app"`, for several workers and
                for reloading.
            host: The address to listen on; `--host` wins.
            port: The port; `--port` wins.
            workers: Processes; `--workers` wins.
            reload: Whether to start anew when a source file changes; `--reload` wins.

        Raises:
            AgentError: If there is no import string where one is needed.
        """
        from spanloom.serving.process import serve

        parser = argparse.ArgumentParser(description="Serve agents over HTTP.")
        parser.add_argument("--host", default=host)
        parser.add_argument("--port", type=int, default=port)
        parser.add_argument("--workers", type=int, default=workers)
        parser.add_argument("--reload", action="store_true", default=reload)
        given = parser.parse_args()
        elsewhere = given.workers > 1 or given.reload
        if elsewhere and app_import_string is None:
            raise AgentError("several workers and reloading need run(app_import_string='module:app')")
        serve(
            app_import_string if elsewhere and app_import_string is not None else self.app,
            host=given.host,
            port=given.port,
            workers=given.workers,
            reload=given.reload,
        )
