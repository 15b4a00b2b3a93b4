from __future__ import annotations

import inspect

import pytest
from mcp.client.session import ClientSession

import spanloom
from spanloom.instrument.installation import Installation
from spanloom.instrument.registry import installations
from spanloom.tracing.guard import failures
from spanloom_autolog.mcp import plugin

pytestmark = pytest.mark.anyio

PATCHED = ("call_tool", "list_tools", "read_resource", "get_prompt")


async def test_disabling_restores_the_very_same_functions_and_leaves_no_span(connect):
    patched = {name: inspect.getattr_static(ClientSession, name) for name in PATCHED}
    async with connect() as session:
        captured = session.call_tool
        spanloom.autolog("mcp", disable=True)
        for name, wrapper in patched.items():
            assert inspect.getattr_static(ClientSession, name) is wrapper.__wrapped__
        assert (await session.call_tool("get_weather", {"city": "Oslo"})).content
        assert (await captured("get_weather", {"city": "Oslo"})).content
        assert spanloom.search_traces() == []
        for _ in range(2):
            spanloom.autolog("mcp")
        await session.call_tool("get_weather", {"city": "Oslo"})
        await captured("get_weather", {"city": "Oslo"})
    assert [trace.info.name for trace in spanloom.search_traces()] == ["get_weather"] * 2


@pytest.mark.parametrize("reader", ["name", "inputs", "attributes", "outputs", "failure", "extra_arguments"])
async def test_a_reader_that_fails_costs_its_part_only(connect, the_root, monkeypatch, reader: str):
    def explode(*_: object) -> None:
        raise RuntimeError("our own bug")

    monkeypatch.setenv("SPANLOOM_STRICT", "0")
    call_tool = plugin.patches[0]
    broken = call_tool._replace(handler=call_tool.handler._replace(**{reader: explode}))
    spanloom.autolog("mcp", disable=True)
    installations["mcp"] = Installation(plugin._replace(patches=(broken,)), {})
    async with connect() as session:
        result = await session.call_tool("get_weather", {"city": "Oslo"})
    assert result.content[0].text == "sunny in Oslo"
    span = the_root()
    assert (span.span_type, span.status) == ("TOOL", "OK")
    assert sum(failures.values()) == 1
    kept = {"inputs": span.inputs, "outputs": span.outputs}
    assert {name for name, value in kept.items() if value is None} == {reader} & kept.keys()
