"""Steps of workflows: tasks of the user's own; of agents only what a step does is told, not the step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from spanloom.tracing import attributes
from spanloom.tracing.guard import guard
from spanloom.tracing.recorder import AMBIENT, open_span
from spanloom.tracing.vocabulary import SpanStatus, SpanType
from spanloom_autolog.llama_index.hook import runs
from spanloom_autolog.llama_index.kinds import Kind
from spanloom_autolog.llama_index.runs import OWNER, Member, Run
from spanloom_autolog.llama_index.values import arguments, readable

__all__ = ["begin", "end_member", "record_tool_output", "remember_answer"]

_AGENT_STEPS: Final = frozenset(
    {"init_run", "setup_agent", "run_agent_step", "parse_agent_output", "call_tool", "aggregate_tool_results"}
)


def begin(run_id: str, call: str, given: Mapping[str, Any], workflow: Run) -> None:
    """Open the run of a step."""
    step = call.rpartition(".")[2]
    if workflow.kind is Kind.WORKFLOW or step not in _AGENT_STEPS:
        _begin_task(run_id, step, given)
        return
    event = given["ev"]
    member = _member_at_work(workflow, event) if workflow.kind is Kind.TEAM else None
    if step == "call_tool":
        _begin_tool(run_id, event, workflow, member)
    elif member is not None:
        run = runs.enter(run_id, Kind.PLUMBING, None, member.span)
        run.member = member


def _begin_task(run_id: str, step: str, given: Mapping[str, Any]) -> None:
    run = runs.start(run_id, Kind.OTHER, None, step, SpanType.TASK)
    if run.span.is_recording:
        with guard("llama_index: step inputs"):
            events = arguments(given)
            run.span.set_inputs(next(iter(events.values())) if len(events) == 1 else events)


def _begin_tool(run_id: str, event: Any, workflow: Run, member: Member | None) -> None:
    """Open the span of a tool at the step that calls it: here its call has an id, and it may turn out not to exist."""
    handoff = workflow.kind is Kind.TEAM and event.tool_name == "handoff"
    span_type = SpanType.HANDOFF if handoff else SpanType.TOOL
    parent = member.span if member is not None else AMBIENT
    run = runs.start(run_id, Kind.TOOL, None, event.tool_name, span_type, parent)
    if run.span.is_recording:
        with guard("llama_index: tool inputs"):
            run.span.set_inputs(readable(event.tool_kwargs))
        with guard("llama_index: tool facts"):
            run.span.set_attributes({attributes.TOOL_NAME: event.tool_name, attributes.TOOL_CALL_ID: event.tool_id})


def record_tool_output(run: Run, result: Any) -> None:
    """Record what a tool returned: a `ToolOutput`, or the `ToolCallResult` around it."""
    output = getattr(result, "tool_output", result)
    run.span.set_outputs(readable(output))
    if getattr(output, "is_error", False) and run.error is None:
        error = getattr(output, "exception", None)
        if error is not None:
            run.fail(error)
        else:
            run.span.set_status(SpanStatus.ERROR, output.content)


def remember_answer(run: Run, result: Any) -> None:
    """Keep what the model of a team's agent said."""
    if run.member is not None and type(result).__name__ == "AgentOutput":
        run.member.answer = result


def _member_at_work(team: Run, event: Any) -> Member | None:
    """Return the agent whose step this is, opening its span when it gets control."""
    name = getattr(event, "current_agent_name", None)
    if name is None or (team.member is not None and team.member.name == name):
        return team.member
    end_member(team)
    team.member = Member(name, open_span(name, SpanType.AGENT, team.span, owner=OWNER))
    if team.member.span.is_recording:
        with guard("llama_index: agent inputs"):
            team.member.span.set_inputs({"messages": readable(getattr(event, "input", ()))})
        with guard("llama_index: agent facts"):
            team.member.span.set_attribute(attributes.AGENT_NAME, name)
    return team.member


def end_member(team: Run, error: BaseException | None = None) -> None:
    """End the span of the agent that had control."""
    member, team.member = team.member, None
    if member is None:
        return
    if member.answer is not None and member.span.is_recording:
        with guard("llama_index: agent outputs"):
            member.span.set_outputs(readable(member.answer))
    if error is not None:
        member.span.record_exception(error)
    elif team.span.status == SpanStatus.CANCELLED:
        member.span.set_status(SpanStatus.CANCELLED)
    member.span.end()
