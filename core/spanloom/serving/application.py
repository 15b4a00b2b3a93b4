"""The ASGI application: routes, their documentation, and what happens at start and end."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext

import anyio.to_thread
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware

import spanloom
from spanloom.agents.background import adopt_running_loop
from spanloom.serving.draining import drain_on_signals
from spanloom.serving.exchange import TRACE_ID_HEADER
from spanloom.serving.gate import Gate
from spanloom.serving.routes import agents, operations, page, responses
from spanloom.serving.state import ServerState
from spanloom.web.errors import answer_errors

__all__ = ["make_application"]

_DESCRIPTION = "Agents behind the protocols of OpenAI and MLflow. Every answer names its trace in a header."


def make_application(state: ServerState) -> FastAPI:
    """Return the application of a server."""
    app = FastAPI(
        title="spanloom agent server",
        version=spanloom.__version__,
        description=_DESCRIPTION,
        lifespan=_lifespan,
        redoc_url=None,
    )
    app.state.server = state
    for routes in (agents, responses, operations, page):
        routes.add_to(app, state)
    answer_errors(app, overview="/docs")
    settings = state.settings
    if settings.cors:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(settings.cors),
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=[TRACE_ID_HEADER],
        )
    app.add_middleware(Gate, settings=settings)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    state: ServerState = app.state.server
    # Functions that people registered may block the loop they run on; agents they call then need another one.
    adopted = adopt_running_loop() if state.agents.are_native else nullcontext()
    with adopted, drain_on_signals(state.admission, state.settings.drain_timeout):
        yield
    state.stored.close()
    await anyio.to_thread.run_sync(spanloom.flush)
