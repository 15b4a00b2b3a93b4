from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from mcp.client.session import ClientSession

import spanloom
from spanloom.tracing.traces import ReadableSpan, Trace

try:
    from mcp import Client
    from mcp.server.mcpserver import Context, MCPServer
    from mcp.shared.exceptions import MCPError
except ImportError:  # 1.x
    from mcp import McpError as MCPError
    from mcp.server.fastmcp import Context
    from mcp.server.fastmcp import FastMCP as MCPServer
    from mcp.shared.memory import create_connected_server_and_client_session

    Client = None

Connect = Callable[..., AbstractAsyncContextManager[ClientSession]]


@pytest.fixture(autouse=True)
def autologging(store) -> None:
    spanloom.autolog("mcp")


@pytest.fixture
def protocol_error() -> type[Exception]:
    return MCPError


class Gate:
    """Lets a test wait until the slow tool runs, and the tool until it may go on."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def received() -> list[dict[str, Any]]:
    """What arrived in `_meta` of the requests to the tool `show_meta`."""
    return []


@pytest.fixture
def server(gate: Gate, received: list[dict[str, Any]]) -> MCPServer:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # early 1.x with a current pydantic-settings
        server = MCPServer("weather")

    @server.tool()
    def get_weather(city: str) -> str:
        """Tell the weather."""
        return f"sunny in {city}"

    @server.tool()
    def get_forecast(city: str) -> dict[str, Any]:
        return {"city": city, "days": [21, 23]}

    @server.tool()
    def fail(reason: str) -> str:
        raise ValueError(reason)

    @server.tool()
    async def wait() -> str:
        gate.reached.set()
        await gate.opened.wait()
        return "done"

    @server.tool()
    def look_up() -> str:
        with spanloom.start_span("user's span"):
            return "found"

    @server.tool(structured_output=False)
    def show_meta(context: Context) -> str:
        meta = context.request_context.meta
        received.append(dict(meta.model_dump() if hasattr(meta, "model_dump") else meta or {}))
        return "shown"

    @server.resource("notes://today")
    def today() -> str:
        return "buy milk"

    @server.resource("notes://picture", mime_type="image/png")
    def picture() -> bytes:
        return b"\x89PNG"

    @server.prompt()
    def greet(name: str) -> str:
        return f"Say hello to {name}"

    return server


@pytest.fixture
def connect(server: MCPServer) -> Connect:
    """Open a client's session with the server, in this process."""

    @asynccontextmanager
    async def open_session(read_timeout: float | None = None) -> AsyncIterator[ClientSession]:
        if Client is not None:
            async with Client(server, read_timeout_seconds=read_timeout) as client:
                yield client.session
            return
        limit = None if read_timeout is None else timedelta(seconds=read_timeout)
        async with create_connected_server_and_client_session(server, read_timeout_seconds=limit) as session:
            yield session

    return open_session


@pytest.fixture
def the_trace() -> Callable[[], Trace]:
    """Return the only trace there is."""

    def read() -> Trace:
        (trace,) = spanloom.search_traces()
        return trace

    return read


@pytest.fixture
def the_root(the_trace) -> Callable[[], ReadableSpan]:
    """Return the root span of the only trace there is."""
    return lambda: next(span for span in the_trace().data.spans if span.parent_id is None)
