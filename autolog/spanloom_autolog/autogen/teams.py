"""Teams: the run, and the messages by which its runtime reaches the participants."""

from __future__ import annotations

from collections.abc import Callable
from itertools import dropwhile
from typing import TYPE_CHECKING, Any

from spanloom.instrument import Call, CallHandler
from spanloom.tracing.guard import guard
from spanloom.tracing.vocabulary import SpanType
from spanloom_autolog.autogen.messages import agent_message, is_chat_message
from spanloom_autolog.autogen.nesting import PLUGIN
from spanloom_autolog.autogen.runs import Partial, RunReader, task_inputs

if TYPE_CHECKING:
    from spanloom.tracing.span import Span

__all__ = ["deliver", "run_stream"]


def _outputs(result: Any) -> dict[str, Any]:
    """Return what the participants said to each other, without the task, and why the run stopped."""
    said = [message for message in result.messages if is_chat_message(message)]
    said = list(dropwhile(lambda message: message.source == "user", said))
    messages = [agent_message(message, "user" if message.source == "user" else "assistant") for message in said]
    if isinstance(result, Partial):
        return {"messages": [*messages, {"role": "assistant", "content": result.text}] if result.text else messages}
    return {"messages": messages, "stop_reason": result.stop_reason}


_run = CallHandler(
    span_type=SpanType.WORKFLOW,
    name=lambda call: str(call.instance.name),
    inputs=task_inputs,
    outputs=_outputs,
    stream_reader=RunReader,
)

_elsewhere: dict[str, Span] = {}
"""Runs of teams on a runtime of the user's, by team id: its tasks do not have the run's context."""


def run_stream(function: Callable[..., Any], call: Call) -> Any:
    """Run the team."""
    from spanloom.instrument.observation import Observation
    from spanloom.tracing import calls

    observation = Observation(_run, PLUGIN, call)
    with guard("autogen: runtime of a team"):
        team = call.instance
        if not team._embedded_runtime and observation.span.is_recording:  # noqa: SLF001 - nothing public tells
            for team_id in [team_id for team_id, span in _elsewhere.items() if span.end_time_ns is not None]:
                del _elsewhere[team_id]
            _elsewhere[team._team_id] = observation.span  # noqa: SLF001 - same
    return calls.run_sync(observation, observation.span, function, call.args, call.kwargs)


def deliver(function: Callable[..., Any], call: Call) -> Any:
    """Hand a message to a participant or the manager of a team."""
    if _elsewhere:
        with guard("autogen: runtime of a team"):
            span = _elsewhere.get(call.instance.id.key)
            if span is not None and span.end_time_ns is None:
                return _deliver_below(span, function, call)
    return function(*call.args, **call.kwargs)


async def _deliver_below(span: Span, function: Callable[..., Any], call: Call) -> Any:
    from spanloom.tracing.context import use_span

    with use_span(span):
        return await function(*call.args, **call.kwargs)
