"""What a model call tells about itself at its end."""

from __future__ import annotations

from spanloom.agents.adapter import Run
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.openai.chat_turn import ChatTurn
from spanloom_adapters.openai.response_turn import ResponseTurn
from spanloom_adapters.openai.usage import token_usage

__all__ = ["end_turn", "wait_for_approvals"]


def end_turn(turn: ResponseTurn | ChatTurn, run: Run) -> list[ResponsesAgentStreamEvent]:
    """Finish the items of a model call, and let the run know its tokens and how it ended."""
    events = turn.end_turn()
    if turn.usage:
        run.add_usage(token_usage(turn.usage))
    run.incomplete_reason = turn.incomplete_reason
    run.custom_outputs.update(turn.custom_outputs)
    wait_for_approvals(run)
    return events


def wait_for_approvals(run: Run) -> None:
    """Make the run incomplete if a person was asked for an approval."""
    if run.incomplete_reason is None and any(item["type"] == "mcp_approval_request" for item in run.response.output):
        run.incomplete_reason = "interrupt"
