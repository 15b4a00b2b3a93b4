"""Items of a run as items of a response."""

from __future__ import annotations

from typing import Any

from agents import Agent
from agents.items import RunItem
from agents.models.fake_id import FAKE_RESPONSES_ID
from pydantic_core import to_jsonable_python

from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent

__all__ = ["item_of", "speaks_by_name", "write_once"]

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


def write_once(body: dict[str, Any], response: ResponseStreamBuilder) -> list[ResponsesAgentStreamEvent]:
    """Write an item unless it is written: models announce approvals and results of hosted tools themselves."""
    written = {_identity(other) for other in response.output}
    return [] if _identity(body) in written else response.item(body)


def _identity(body: dict[str, Any]) -> tuple[Any, Any]:
    return body.get("type"), body.get("approval_request_id") or body.get("call_id") or body.get("id")
