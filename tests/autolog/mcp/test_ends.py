from __future__ import annotations

import asyncio

import pytest
from inline_snapshot import snapshot

import spanloom
from spanloom.testing import outline

pytestmark = pytest.mark.anyio


async def test_a_tool_that_fails_is_an_error_with_its_text(connect, the_root):
    async with connect() as session:
        result = await session.call_tool("fail", {"reason": "no such city"})
    span = the_root()
    text = result.content[0].text
    assert text.startswith("Error executing tool fail")
    assert (span.status, span.status_message, span.outputs) == ("ERROR", text, text)


async def test_an_error_of_the_protocol_is_recorded_and_passes_on(connect, the_root, protocol_error):
    async with connect() as session:
        with pytest.raises(protocol_error) as caught:
            await session.read_resource("notes://nowhere")
    span = the_root()
    assert (span.status, span.outputs) == ("ERROR", None)
    [event] = span.events
    assert event["name"] == "exception"
    assert event["attributes"]["exception.message"] == str(caught.value)
    assert "nowhere" in span.status_message


async def test_a_timeout_is_an_error(connect, the_root, protocol_error):
    async with connect(read_timeout=0.05) as session:
        with pytest.raises(protocol_error):
            await session.call_tool("wait")
    span = the_root()
    assert span.status == "ERROR"
    assert "Timed out" in span.status_message


async def test_a_cancelled_call_is_cancelled(connect, gate, the_root):
    async with connect() as session:
        call = asyncio.create_task(session.call_tool("wait"))
        await gate.reached.wait()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        # The session is as usable as before.
        gate.opened.set()
        with spanloom.tracing_disabled():
            assert (await session.list_tools()).tools
    span = the_root()
    assert (span.name, span.status, span.outputs) == ("wait", "CANCELLED", None)


async def test_concurrent_calls_stay_below_their_own_span(connect, gate):
    async def work(session, name: str, tool: str, **arguments: str) -> None:
        with spanloom.start_span(name):
            await session.call_tool(tool, arguments)

    async with connect() as session:
        await session.list_tools()
        slow = asyncio.create_task(work(session, "slow", "wait"))
        await gate.reached.wait()
        await work(session, "quick", "get_weather", city="Oslo")
        gate.opened.set()
        await slow
    assert sorted(outline(trace) for trace in spanloom.search_traces()) == snapshot(
        [
            "TOOL list_tools",
            """\
UNKNOWN quick
  TOOL get_weather\
""",
            """\
UNKNOWN slow
  TOOL wait\
""",
        ]
    )


async def test_inside_a_users_span_everything_is_below_it_and_nothing_leaks(connect, the_trace):
    async with connect() as session:
        with spanloom.start_span("agent") as agent:
            await session.list_tools()
            assert spanloom.get_current_active_span() is agent
            await session.call_tool("get_weather", {"city": "Oslo"})
            assert spanloom.get_current_active_span() is agent
            await session.read_resource("notes://today")
        assert spanloom.get_current_active_span() is None
    assert outline(the_trace()) == snapshot("""\
UNKNOWN agent
  TOOL list_tools
  TOOL get_weather
  RETRIEVER read_resource\
""")
