"""What a run produces, and what it leaves at its end, as items of a response."""

from __future__ import annotations

import json
from typing import Any

from agents import Agent
from agents.items import RunItem
from agents.models.fake_id import FAKE_RESPONSES_ID
from agents.result import RunResult, RunResultStreaming
from pydantic_core import to_jsonable_python

from spanloom.agents.adapter import Run
from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.openai_agents.approvals import approval_item

__all__ = ["item_of", "speaks_by_name", "write_end", "write_once"]

Events = list[ResponsesAgentStreamEvent]

_NOT_SAID = frozenset({"input_item", "tool_approval_item"})


def item_of(item: RunItem) -> dict[str, Any] | None:
    """Return an item as it came on the wire, or will go there; `None` for what is only the runner's business."""
    if item.type in _NOT_SAID:
        return None
    body: dict[str, Any] = to_jsonable_python(item.to_input_item(), fallback=str, exclude_none=True)
    if body.get("id") == FAKE_RESPONSES_ID:
        del body["id"]
    return {name: value for name, value in body.items() if value is not None}


def speaks_by_name(agent: Agent[Any]) -> bool:
    """Tell whether several agents may speak in a run that begins with this one."""
    return bool(agent.handoffs)


def write_once(body: dict[str, Any], response: ResponseStreamBuilder) -> Events:
    """Write an item unless it is written: models announce approvals and results of hosted tools themselves."""
    written = {_identity(other) for other in response.output}
    return [] if _identity(body) in written else response.item(body)


def write_end(result: RunResult | RunResultStreaming, run: Run) -> Events:
    """Write what a run leaves, whose items are written: calls that wait for approval, or its final output.

    A final output that is not text goes to `custom_outputs["structured_response"]`. One that no message says, because
    a tool ended the run, becomes a message.
    """
    if result.interruptions:
        run.incomplete_reason = "interrupt"
        requests = map(approval_item, result.interruptions)
        return [event for request in requests for event in write_once(request, run.response)]
    text = result.final_output
    if text is not None and not isinstance(text, str):
        value = run.custom_outputs["structured_response"] = to_jsonable_python(text, fallback=str)
        text = json.dumps(value, ensure_ascii=False)
    written = run.response.output
    if not text or (written and written[-1]["type"] == "message"):
        return []
    return run.response.text(text, write_end) + run.response.finish_item(write_end)


def _identity(body: dict[str, Any]) -> tuple[Any, Any]:
    return body.get("type"), body.get("approval_request_id") or body.get("call_id") or body.get("id")
