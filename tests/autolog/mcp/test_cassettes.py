from __future__ import annotations

import asyncio
import socket

import pytest
from mcp.client.session import ClientSession

import spanloom

pytestmark = pytest.mark.anyio


async def test_calls_of_tools_are_answered_from_the_record(connect, tmp_path):
    cassette = tmp_path / "tools.jsonl"
    async with connect() as session:
        with spanloom.record(cassette):
            recorded = [await session.call_tool("get_weather", {"city": city}) for city in ("Paris", "Oslo")]
        with spanloom.replay(cassette) as report:
            replayed = [await session.call_tool("get_weather", {"city": city}) for city in ("Oslo", "Paris")]
    assert replayed == recorded[::-1]
    assert not report.changed
    spanloom.flush()
    spans = [span for trace in spanloom.search_traces() for span in trace.data.spans if span.name == "get_weather"]
    assert [(span.span_type, span.status) for span in spans] == 4 * [("TOOL", "OK")]


async def test_a_tool_that_failed_fails_again(connect, tmp_path):
    cassette = tmp_path / "tools.jsonl"
    async with connect() as session:
        with spanloom.record(cassette):
            recorded = await session.call_tool("fail", {"reason": "rain"})
        with spanloom.replay(cassette):
            assert await session.call_tool("fail", {"reason": "rain"}) == recorded


async def test_what_is_not_on_the_record_is_not_called(connect, received, tmp_path):
    cassette = tmp_path / "tools.jsonl"
    async with connect() as session:
        with spanloom.record(cassette):
            await session.call_tool("get_weather", {"city": "Paris"})
        with pytest.raises(spanloom.ReplayError, match="not on the record: show_meta"), spanloom.replay(cassette):
            await session.call_tool("show_meta", {})
    assert received == []


async def test_a_session_over_http_is_answered_from_the_record(server, tmp_path):
    uvicorn = pytest.importorskip("uvicorn")
    transport = pytest.importorskip("mcp.client.streamable_http")
    open_streams = getattr(transport, "streamable_http_client", None)
    if open_streams is None:
        pytest.skip("older clients send from a task of their own: which tool made the call is not known")
    cassette = tmp_path / "session.jsonl"

    async def ask(url):
        async with open_streams(url) as (read, write, *_), ClientSession(read, write) as session:
            await session.initialize()
            tools = [tool.name for tool in (await session.list_tools()).tools]
            return tools, (await session.call_tool("get_weather", {"city": "Paris"})).content[0].text

    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/mcp"
        web = uvicorn.Server(uvicorn.Config(server.streamable_http_app(), log_level="error"))
        serving = asyncio.create_task(web.serve([listening]))
        with spanloom.record(cassette):
            recorded = await ask(url)
        web.should_exit = True
        await serving
    with spanloom.replay(cassette) as report:
        assert await ask(url) == recorded
    assert "get_weather" in recorded[0]
    assert not report.changed, report
