from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from inline_snapshot import snapshot
from mcp import ClientSession, StdioServerParameters, stdio_client

import spanloom
from spanloom.testing import outline

pytestmark = pytest.mark.anyio

STDIO_SERVER = """
try:
    from mcp.server.mcpserver import Context, MCPServer
except ImportError:
    from mcp.server.fastmcp import Context, FastMCP as MCPServer

server = MCPServer("other process")

@server.tool()
def traceparent(context: Context) -> str:
    meta = context.request_context.meta
    return meta["traceparent"] if isinstance(meta, dict) else meta.traceparent

server.run()
"""


async def test_a_server_in_another_process_learns_which_span_asks(tmp_path: Path, the_root):
    (tmp_path / "server.py").write_text(STDIO_SERVER)
    command = StdioServerParameters(command=sys.executable, args=[str(tmp_path / "server.py")])
    async with stdio_client(command) as (read, write), ClientSession(read, write) as session:
        await session.initialize()
        result = await session.call_tool("traceparent")
    span = the_root()
    assert result.content[0].text == f"00-{span.trace_id}-{span.span_id}-01"


async def test_what_the_program_puts_there_itself_stays(connect, received):
    own = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01", "tenant": "acme"}
    async with connect() as session:
        await session.call_tool("show_meta", meta=own)
        await session.call_tool("show_meta", meta={"tenant": "acme"})
    assert received[0]["traceparent"] == own["traceparent"]
    assert received[1]["tenant"] == "acme"
    assert received[1]["traceparent"] != own["traceparent"]


@pytest.mark.parametrize("off", ["unsampled", "disabled"])
async def test_without_a_span_nothing_is_sent(connect, received, off):
    spanloom.configure(sample_rate=0 if off == "unsampled" else 1, enabled=off != "disabled")
    async with connect() as session:
        await session.call_tool("show_meta")
    assert "traceparent" not in received[0]


async def test_where_opentelemetry_has_a_span_that_one_is_for_the_sdk_to_tell(connect, received, the_root):
    trace = pytest.importorskip("opentelemetry.trace")
    context = trace.SpanContext(0xA, 0xB, is_remote=False, trace_flags=trace.TraceFlags.SAMPLED)
    async with connect() as session:
        with trace.use_span(trace.NonRecordingSpan(context)):
            await session.call_tool("show_meta")
    assert the_root().trace_id not in str(received)


@pytest.mark.skipif(version("mcp").startswith("1."), reason="1.x runs a server's tools in the server's own context")
async def test_a_span_opened_in_a_tool_of_this_process_nests_below_the_call(connect, the_trace):
    async with connect() as session:
        with spanloom.start_span("agent"):
            await session.call_tool("look_up")
    assert outline(the_trace()) == snapshot("""\
UNKNOWN agent
  TOOL look_up
    UNKNOWN user's span
    TOOL list_tools\
""")
