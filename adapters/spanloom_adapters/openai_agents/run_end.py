"""What a run leaves at its end: calls that wait for approval, or its final output."""

from __future__ import annotations

import json

from agents.result import RunResult, RunResultStreaming
from pydantic_core import to_jsonable_python

from spanloom.agents.adapter import Run
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.openai_agents.approvals import approval_item
from spanloom_adapters.openai_agents.run_items import write_once

__all__ = ["write_end"]

Events = list[ResponsesAgentStreamEvent]


def write_end(result: RunResult | RunResultStreaming, run: Run) -> Events:
    """Write the end of a run whose items are written.

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
