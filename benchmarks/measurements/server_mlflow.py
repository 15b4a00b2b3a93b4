"""MLflow's agent server, its traces going to its SQLite store in the background, as they do by default.

python -m measurements.server_mlflow noop|naps
"""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator
from typing import Any

from measurements.server_uvicorn import serve
from measurements.server_workload import EVENTS, ITEM


def _noop() -> None:
    from mlflow.genai.agent_server import invoke, stream
    from mlflow.types.responses import ResponsesAgentResponse, ResponsesAgentStreamEvent

    @invoke()
    async def answer(_request: Any) -> ResponsesAgentResponse:
        return ResponsesAgentResponse(output=[ITEM])

    @stream()
    async def words(_request: Any) -> AsyncIterator[ResponsesAgentStreamEvent]:
        for event in EVENTS:
            yield ResponsesAgentStreamEvent(**event)


def _naps() -> None:
    from mlflow.genai.agent_server import invoke
    from mlflow.types.responses import ResponsesAgentResponse

    @invoke()
    def nap(request: Any) -> ResponsesAgentResponse:
        time.sleep(request.custom_inputs["seconds"])
        return ResponsesAgentResponse(output=[ITEM])


_AGENTS = {"noop": _noop, "naps": _naps}


def main(agent: str) -> None:
    """Serve one of the agents."""
    import mlflow
    from mlflow.genai.agent_server import AgentServer

    mlflow.set_tracking_uri("sqlite:///mlflow.db")
    mlflow.set_experiment("benchmark")  # makes the tables, off the clock
    _AGENTS[agent]()
    serve(AgentServer("ResponsesAgent").app)
    mlflow.flush_trace_async_logging(terminate=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
