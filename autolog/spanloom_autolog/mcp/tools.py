"""`call_tool` and `list_tools`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spanloom.instrument import Call
from spanloom.tracing.attributes import MCP_METHOD, TOOL_NAME
from spanloom_autolog.mcp.content import either, parts, text_of
from spanloom_autolog.mcp.requests import argument

__all__ = ["arguments", "attributes", "cursor", "definitions", "failure", "name", "outputs", "result"]


def name(call: Call) -> str:
    """Return the tool's name."""
    return str(argument(call, 0, "name"))


def arguments(call: Call) -> Any:
    """Return what the tool is called with."""
    return argument(call, 1, "arguments") or {}


def attributes(call: Call) -> Mapping[str, Any]:
    """Return what is known before the call."""
    return {MCP_METHOD: "tools/call", TOOL_NAME: name(call)}


def outputs(result: Any) -> Any:
    """Return what the tool returned: the structured value if it gave one, else its text, else the content's parts.

    Servers send a structured value as JSON text as well; one copy is enough.
    """
    content = getattr(result, "content", None)
    if content is None:
        return result  # no answer yet: the server asks for input, or an extension answers in its own form
    structured = either(result, "structured_content", "structuredContent")
    text = text_of(content)
    if text is None:
        plain = parts(content)
        return plain if structured is None else {"content": plain, "structured_content": structured}
    return text if structured is None else _unwrapped(structured, text)


def _unwrapped(structured: Any, text: str) -> Any:
    """The SDK's servers wrap what is no object as `{"result": …}`; their text then is no JSON object."""
    if isinstance(structured, dict) and structured.keys() == {"result"} and not text.startswith("{"):
        return structured["result"]
    return structured


def result(_call: Call, output: Any) -> Any:
    """Return the result that a tool with this output has, the way the SDK's servers wrap it."""
    import orjson
    from mcp.types import CallToolResult

    if isinstance(output, str):
        return CallToolResult.model_validate({"content": [{"type": "text", "text": output}]})
    text = orjson.dumps(output).decode()
    structured = output if isinstance(output, dict) else {"result": output}
    return CallToolResult.model_validate({"content": [{"type": "text", "text": text}], "structuredContent": structured})


def failure(result: Any) -> str | None:
    """Return the text of a failure that the tool reported as its result."""
    if not either(result, "is_error", "isError"):
        return None
    return text_of(result.content) or "the tool reported an error without a text"


def cursor(call: Call) -> dict[str, Any]:
    """Return where the listing goes on; nothing for its first page."""
    given = call.args[0] if call.args else call.kwargs.get("cursor")
    params = call.kwargs.get("params")
    given = params.cursor if params is not None else given
    return {} if given is None else {"cursor": given}


def definitions(result: Any) -> dict[str, Any]:
    """Return the tools as the protocol describes them."""
    listed = {
        "tools": [
            {
                "name": tool.name,
                "description": tool.description,
                "inputSchema": either(tool, "input_schema", "inputSchema"),
            }
            for tool in result.tools
        ]
    }
    following = either(result, "next_cursor", "nextCursor")
    return listed if following is None else {**listed, "nextCursor": following}
