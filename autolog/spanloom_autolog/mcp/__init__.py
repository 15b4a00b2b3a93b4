"""Autologging for clients of the Model Context Protocol: tools called, tools listed, resources and prompts fetched.

The session's methods are patched, which every client goes through: `mcp.Client`, `ClientSessionGroup` and whatever
builds on them. The other side learns which span asked, see `propagation`.
"""

from __future__ import annotations

from spanloom.instrument import CallHandler, Patch, Plugin, ToolFunction
from spanloom.tracing.vocabulary import SpanType
from spanloom_autolog.mcp import prompts, resources, tools
from spanloom_autolog.mcp.propagation import trace_context
from spanloom_autolog.mcp.requests import method

__all__ = ["plugin"]

_call_tool = CallHandler(
    span_type=SpanType.TOOL,
    name=tools.name,
    inputs=tools.arguments,
    attributes=tools.attributes,
    outputs=tools.outputs,
    failure=tools.failure,
    extra_arguments=trace_context("call_tool"),
)

_list_tools = CallHandler(
    span_type=SpanType.TOOL,
    name=lambda _: "list_tools",
    inputs=tools.cursor,
    attributes=method("tools/list"),
    outputs=tools.definitions,
)

_read_resource = CallHandler(
    span_type=SpanType.RETRIEVER,
    name=lambda _: "read_resource",
    inputs=resources.uri,
    attributes=method("resources/read"),
    outputs=resources.documents,
    extra_arguments=trace_context("read_resource"),
)

_get_prompt = CallHandler(
    span_type=SpanType.RETRIEVER,
    name=lambda _: "get_prompt",
    inputs=prompts.inputs,
    attributes=method("prompts/get"),
    outputs=prompts.messages,
    extra_arguments=trace_context("get_prompt"),
)

_SESSION = "mcp.client.session"

plugin = Plugin(
    name="mcp",
    package="mcp",
    requires=">=1.21,<3",
    patches=(
        Patch(_SESSION, "ClientSession.call_tool", _call_tool),
        Patch(_SESSION, "ClientSession.list_tools", _list_tools),
        Patch(_SESSION, "ClientSession.read_resource", _read_resource),
        Patch(_SESSION, "ClientSession.get_prompt", _get_prompt),
    ),
    tools=(
        ToolFunction(
            _SESSION, "ClientSession.call_tool", tools.name, tools.arguments, opens_span=True, result=tools.result
        ),
    ),
)
