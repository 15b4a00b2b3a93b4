"""Calls that a person has to approve before they run.

Each is an `mcp_approval_request` item. The next request in the same conversation answers all of them with
`mcp_approval_response` items: `approve` runs the call, `"approve": false` rejects it, with `reason` as what the model
is told. Messages after the answers reach the model together with the results. The SDK runs calls only as the model
wrote them, so `arguments` can't be changed.

The state of the run is kept with the conversation, as text; with `conversations=SqliteConversations(path)` another
process can go on with it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from agents import Agent, RunState, ToolApprovalItem
from pydantic_core import to_jsonable_python

from spanloom.agents.adapter import Run
from spanloom.errors import AgentError
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.responses_items import McpApprovalRequest, McpApprovalResponse, Message

__all__ = ["approval_item", "asked_here", "resumed_state", "state_text"]

_PREFIX = "mcpr_tool_"
"""Of approvals that the agent asks for. Those of hosted MCP tools have an id of OpenAI's, who wants them back."""


def approval_item(pending: ToolApprovalItem) -> dict[str, Any]:
    """Return the request for an approval; the model itself has made it for a hosted MCP tool."""
    return {
        "type": "mcp_approval_request",
        "id": _approval_id(pending),
        "name": pending.name or "",
        "arguments": pending.arguments or "{}",
        "server_label": getattr(pending.raw_item, "server_label", pending.agent.name),
    }


def asked_here(item: dict[str, Any]) -> bool:
    """Tell whether an item is such a request, or the answer: they are not for models."""
    kind = item.get("type")
    if kind == "mcp_approval_request":
        return str(item["id"]).startswith(_PREFIX)
    return kind == "mcp_approval_response" and str(item["approval_request_id"]).startswith(_PREFIX)


def state_text(state: RunState[Any]) -> str:
    """Return the state of a run that waits, to be kept."""
    # The context object comes with the request that answers.
    body = state.to_json(context_serializer=lambda _context: {})
    return json.dumps(to_jsonable_python(body, fallback=str))


async def resumed_state(
    agent: Agent[Any], request: ResponsesAgentRequest, run: Run, context: Any
) -> RunState[Any] | None:
    """Return the state to go on with; `None` if nothing waits.

    Raises:
        AgentError: If the request answers what does not wait, or leaves out what does.
    """
    items = request.input_items()
    if run.state is None:
        if items and asked_here(items[-1].model_dump()):
            raise AgentError(_NOTHING_WAITS)
        return None
    state = await RunState.from_string(agent, run.state, context_override=context)
    answers = {item.approval_request_id: item for item in items if isinstance(item, McpApprovalResponse)}
    waiting = {_approval_id(pending): pending for pending in state.get_interruptions()}
    missing = [approval_id for approval_id in waiting if approval_id not in answers]
    if missing:
        raise AgentError(
            "this conversation waits for approval: send an item {'type': 'mcp_approval_response', "
            f"'approval_request_id': …, 'approve': true or false}} for each of {', '.join(missing)}"
        )
    for approval_id, pending in waiting.items():
        _decide(state, pending, answers[approval_id])
    said = _said_since(items)
    if said:
        state.add_input(said)
    return state


def _approval_id(pending: ToolApprovalItem) -> str:
    raw = pending.raw_item
    kind = raw.get("type") if isinstance(raw, dict) else raw.type
    return str(pending.call_id) if kind == "mcp_approval_request" else f"{_PREFIX}{pending.call_id}"


def _decide(state: RunState[Any], pending: ToolApprovalItem, answer: McpApprovalResponse) -> None:
    if not answer.approve:
        state.reject(pending, rejection_message=answer.reason)
        return
    arguments = (answer.model_extra or {}).get("arguments")
    if arguments is not None and _parsed(arguments) != _parsed(pending.arguments or "{}"):
        raise AgentError(
            f"the arguments of {pending.name!r} can't be changed: the OpenAI Agents SDK runs calls only as the model "
            "wrote them. Reject the call, with a reason that tells the model what to change"
        )
    state.approve(pending)


def _parsed(arguments: Any) -> Any:
    with suppress(TypeError, ValueError):
        return json.loads(arguments)
    return arguments


def _said_since(items: Iterable[Any]) -> list[Any]:
    """Return the messages after the last request for approval."""
    said: list[Any] = []
    for item in items:
        if isinstance(item, McpApprovalRequest):
            said.clear()
        elif isinstance(item, Message) and item.role != "assistant":
            said.append({"role": item.role, "content": item.model_dump(exclude_none=True)["content"]})
    return said


_NOTHING_WAITS = (
    "there is nothing to approve: no call waits in this conversation. Calls wait only in requests that name a "
    "context.conversation_id, and the answer has to name the same one"
)
