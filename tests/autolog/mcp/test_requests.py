from __future__ import annotations

import base64
import hashlib

import pytest
from inline_snapshot import snapshot

from spanloom.testing import outline

pytestmark = pytest.mark.anyio


async def test_a_tool_call_is_a_tool_span_with_arguments_and_text(connect, the_root):
    async with connect() as session:
        result = await session.call_tool("get_weather", {"city": "Oslo"})
    assert result.content[0].text == "sunny in Oslo"
    span = the_root()
    assert (span.span_type, span.name, span.status) == ("TOOL", "get_weather", "OK")
    assert (span.inputs, span.outputs) == ({"city": "Oslo"}, "sunny in Oslo")
    assert span.attributes == {"gen_ai.tool.name": "get_weather", "mcp.method.name": "tools/call"}


async def test_a_structured_result_is_kept_as_such(connect, the_root):
    async with connect() as session:
        await session.call_tool(name="get_forecast", arguments={"city": "Oslo"})
    assert the_root().outputs == {"city": "Oslo", "days": [21, 23]}


async def test_the_listing_that_checks_the_first_result_is_a_span_of_its_own_below(connect, the_trace):
    async with connect() as session:
        await session.call_tool("get_weather", {"city": "Oslo"})
    assert outline(the_trace()) == snapshot("""\
TOOL get_weather
  TOOL list_tools\
""")


async def test_listing_tools_tells_names_descriptions_and_schemas(connect, the_root):
    async with connect() as session:
        await session.list_tools()
    span = the_root()
    assert (span.span_type, span.name, span.inputs) == ("TOOL", "list_tools", {})
    assert "gen_ai.tool.name" not in span.attributes
    tool = span.outputs["tools"][0]
    assert (tool["name"], tool["description"]) == ("get_weather", "Tell the weather.")
    assert tool["inputSchema"]["required"] == ["city"]


async def test_reading_a_resource_is_a_retrieval(connect, the_root):
    async with connect() as session:
        await session.read_resource("notes://today")
    span = the_root()
    assert (span.span_type, span.name, span.inputs) == ("RETRIEVER", "read_resource", {"uri": "notes://today"})
    assert span.outputs == [
        {"page_content": "buy milk", "metadata": {"uri": "notes://today", "mime_type": "text/plain"}}
    ]


async def test_binary_content_is_told_by_size_and_digest(connect, the_root):
    async with connect() as session:
        result = await session.read_resource("notes://picture")
    assert base64.b64decode(result.contents[0].blob) == b"\x89PNG"
    [document] = the_root().outputs
    assert document["page_content"] == {
        "type": "binary",
        "size": 4,
        "sha256": hashlib.sha256(b"\x89PNG").hexdigest(),
    }


async def test_a_prompt_is_told_in_chat_form(connect, the_root):
    async with connect() as session:
        await session.get_prompt("greet", {"name": "Ada"})
    span = the_root()
    assert (span.span_type, span.inputs) == ("RETRIEVER", {"name": "greet", "arguments": {"name": "Ada"}})
    assert span.outputs == {"messages": [{"role": "user", "content": "Say hello to Ada"}]}
