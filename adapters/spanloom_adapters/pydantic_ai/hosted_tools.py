"""Calls of tools that run at the provider, as items of OpenAI's types where it has one for the tool."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic_core import to_jsonable_python

if TYPE_CHECKING:
    from pydantic_ai.messages import NativeToolCallPart

__all__ = ["hosted_call_item"]


def hosted_call_item(call: NativeToolCallPart, content: Any) -> dict[str, Any] | None:
    """Return the item of a call.

    Args:
        call: The call.
        content: What it gave; `None` if that is not known.

    Returns:
        `None` where other items say it all: an image that was made, the list of an MCP server's tools.
    """
    arguments = call.args_as_dict()
    given = to_jsonable_python(content, fallback=str)
    item = {"id": call.tool_call_id, "status": "completed"}
    kind, _, label = call.tool_name.partition(":")
    match kind:
        case "web_search":
            # OpenAI's own arguments are the action, of whatever type.
            return {**item, "type": "web_search_call", "action": {"type": "search", "query": "", **arguments}}
        case "file_search":
            found = given.get("results") if isinstance(given, Mapping) else given
            return {**item, "type": "file_search_call", "queries": arguments.get("queries") or [], "results": found}
        case "code_execution":
            return {**item, "type": "code_interpreter_call", **_code(arguments, given)}
        case "mcp_server":
            return _mcp_call(item, label, arguments, given)
        case "image_generation":
            return None
        case _:
            return {**item, "type": f"{kind}_call", "arguments": json.dumps(arguments), "output": given}


def _code(arguments: Mapping[str, Any], given: Any) -> dict[str, Any]:
    logs = given.get("logs") or [given.get("stdout")] if isinstance(given, Mapping) else [given]
    return {
        "code": arguments.get("code"),
        "container_id": arguments.get("container_id") or "",
        "outputs": [{"type": "logs", "logs": str(log)} for log in logs if log],
    }


def _mcp_call(item: dict[str, Any], label: str, arguments: Mapping[str, Any], given: Any) -> dict[str, Any] | None:
    if arguments.get("action") == "list_tools":
        return None
    result: Mapping[str, Any] = given if isinstance(given, Mapping) else {"output": given}
    output = result.get("output")
    return {
        **item,
        "type": "mcp_call",
        "server_label": label,
        "name": arguments.get("tool_name") or "",
        "arguments": json.dumps(arguments.get("tool_args", arguments)),
        "output": output if output is None or isinstance(output, str) else json.dumps(output),
        "error": result.get("error"),
    }
