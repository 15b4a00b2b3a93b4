"""The agent server (extra `server`): any agent behind HTTP, in the protocols of OpenAI and of MLflow's agent server.

    from spanloom.serving import AgentServer, invoke

    @invoke()
    async def answer(request: ResponsesAgentRequest) -> ResponsesAgentResponse: ...

    app = AgentServer("ResponsesAgent").app

From the command line: `spanloom serve my_module:agent`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanloom.facade import lazy_attributes

if TYPE_CHECKING:
    from spanloom.serving.agent_server import AgentServer as AgentServer
    from spanloom.serving.git_version import setup_git_version_tracking as setup_git_version_tracking
    from spanloom.serving.handlers import get_invoke_function as get_invoke_function
    from spanloom.serving.handlers import get_stream_function as get_stream_function
    from spanloom.serving.handlers import invoke as invoke
    from spanloom.serving.handlers import stream as stream
    from spanloom.serving.request_headers import get_request_headers as get_request_headers
    from spanloom.serving.request_headers import set_request_headers as set_request_headers
    from spanloom.serving.settings import ServerSettings as ServerSettings

_HOMES = {
    "AgentServer": "spanloom.serving.agent_server",
    "ServerSettings": "spanloom.serving.settings",
    **dict.fromkeys(("get_invoke_function", "get_stream_function", "invoke", "stream"), "spanloom.serving.handlers"),
    **dict.fromkeys(("get_request_headers", "set_request_headers"), "spanloom.serving.request_headers"),
    "setup_git_version_tracking": "spanloom.serving.git_version",
}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - a test compares it with the imports above

__getattr__, __dir__ = lazy_attributes(__name__, _HOMES)
