"""spanloom's agent server, traces going to its SQLite store.

python -m measurements.server_spanloom noop|native|naps|soak
"""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import AsyncIterator
from typing import Any

from measurements.server_uvicorn import serve
from measurements.server_workload import EVENTS, ITEM


def _noop() -> Any:
    from spanloom.schemas.responses import ResponsesAgentResponse
    from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
    from spanloom.serving import AgentServer, invoke, stream

    @invoke()
    async def answer(_request: Any) -> ResponsesAgentResponse:
        return ResponsesAgentResponse(output=[ITEM])

    @stream()
    async def words(_request: Any) -> AsyncIterator[ResponsesAgentStreamEvent]:
        for event in EVENTS:
            yield ResponsesAgentStreamEvent(**event)

    return AgentServer("ResponsesAgent")


def _native() -> Any:
    """Functions that know no schema, wrapped as `spanloom serve` does."""
    from spanloom.serving import AgentServer

    text = ITEM["content"][0]["text"]
    deltas = [event["delta"] for event in EVENTS]

    async def whole(_text: str) -> str:
        return str(text)

    async def streamed(_text: str) -> AsyncIterator[str]:
        for delta in deltas:
            yield delta

    return AgentServer(agents={"whole": whole, "streamed": streamed})


def _naps() -> Any:
    from spanloom.schemas.responses import ResponsesAgentResponse
    from spanloom.serving import AgentServer, invoke

    @invoke()
    def nap(request: Any) -> ResponsesAgentResponse:
        time.sleep(request.custom_inputs["seconds"])
        return ResponsesAgentResponse(output=[ITEM])

    return AgentServer("ResponsesAgent")


def _soak() -> Any:
    from measurements.server_soak_agents import register
    from spanloom.serving import AgentServer, ServerSettings

    _fill_page_cache()
    register()
    return AgentServer("ResponsesAgent", settings=ServerSettings(state="state.db"))


def _fill_page_cache() -> None:
    """Store so much that SQLite's pages in memory, 32 MB at most, are there: what grows from now on is no cache."""
    import spanloom

    for number in range(12_000):
        with spanloom.start_span("filling") as span:
            span.set_outputs(secrets.token_hex(4_000))
        if number % 1_000 == 0:
            spanloom.flush()
    spanloom.flush()


_SERVERS = {"noop": _noop, "native": _native, "naps": _naps, "soak": _soak}


def main(kind: str) -> None:
    """Serve one kind of agents."""
    import spanloom

    spanloom.configure(store="sqlite:///spans.db")
    serve(_SERVERS[kind]().app)


if __name__ == "__main__":
    main(*sys.argv[1:])
