"""Runs of an agent: one AGENT span each, from the first input to the final output.

`Runner.run_sync` calls `run`, and so do agents that serve as tools.
"""

from __future__ import annotations

from asyncio import CancelledError, Task
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final
from weakref import finalize

from spanloom.instrument import Call, CallHandler
from spanloom.instrument.observation import Observation
from spanloom.tracing import attributes, calls
from spanloom.tracing.guard import guard
from spanloom.tracing.labels import Labels
from spanloom.tracing.span import Span
from spanloom.tracing.vocabulary import SpanStatus, SpanType
from spanloom_autolog.clients.fields import field
from spanloom_autolog.openai_agents.conversation import conversation
from spanloom_autolog.openai_agents.ownership import OWNER
from spanloom_autolog.openai_agents.privacy import includes_content, without_content

__all__ = ["label", "run", "run_streamed"]

WORKFLOW_NAME: Final = "openai_agents.workflow_name"
_DEFAULT_WORKFLOW: Final = "Agent workflow"


async def run(function: Callable[..., Awaitable[Any]], call: Call) -> Any:
    """Make a run that is awaited."""
    observation = _observe(call)
    return await calls.run_async(observation, observation.span, function, call.args, call.kwargs)


def run_streamed(function: Callable[..., Any], call: Call) -> Any:
    """Start a run that goes on in a task of its own, which inherits the span."""
    observation = _observe(call)
    return calls.run_sync(observation, observation.span, function, call.args, call.kwargs)


def _observe(call: Call) -> Observation:
    shown = False
    with guard(f"{OWNER}: privacy"):
        shown = includes_content(call.kwargs.get("run_config"))
    observation = Observation(_RUN if shown else _RUN_WITHOUT_CONTENT, OWNER, call)
    if observation.span.is_recording:
        with guard(f"{OWNER}: session"):
            config = call.kwargs.get("run_config")
            label(observation.span, _session(call), field(config, "trace_metadata"))
    return observation


def label(span: Span, session_id: str | None, metadata: Any) -> None:
    """Tell the trace its session and metadata, unless the program has told us others."""
    trace = span.active_trace
    Labels(
        session_id=session_id if trace.session_id is None else None,
        metadata={key: value for key, value in (metadata or {}).items() if key not in trace.metadata},
    ).apply(trace)


def _session(call: Call) -> str | None:
    """Return the conversation's id: the group of the run's trace, else that of the memory, else OpenAI's."""
    found = (
        field(call.kwargs.get("run_config"), "group_id")
        or field(call.kwargs.get("session"), "session_id")
        or call.kwargs.get("conversation_id")
    )
    return found if isinstance(found, str) else None


def _argument(call: Call, index: int, name: str) -> Any:
    return call.args[index] if len(call.args) > index else call.kwargs.get(name)


def _name(call: Call) -> str:
    return str(_argument(call, 0, "starting_agent").name)


def _inputs(call: Call) -> dict[str, Any]:
    given = _argument(call, 1, "input")
    if not isinstance(given, str | list):
        given = given._original_input  # noqa: SLF001 - a paused run is resumed: its state is given instead of an input
    return {"messages": conversation(given)}


def _attributes(call: Call) -> dict[str, Any]:
    found = {attributes.AGENT_NAME: _name(call)}
    workflow = field(call.kwargs.get("run_config"), "workflow_name")
    if isinstance(workflow, str) and workflow != _DEFAULT_WORKFLOW:
        found[WORKFLOW_NAME] = workflow
    return found


def _outputs(result: Any) -> Any:
    """Return the final output; of a run that waits for approvals, the calls to approve."""
    if result.final_output is None and result.interruptions:
        return {"interruptions": [_interruption(item) for item in result.interruptions]}
    return result.final_output


def _interruption(item: Any) -> dict[str, Any]:
    raw = item.raw_item
    return {"name": item.tool_name, "arguments": field(raw, "arguments"), "call_id": field(raw, "call_id")}


def _follow(_call: Call, result: Any, observation: Observation) -> Any | None:
    """End the span with the task of a streamed run: whether and how its events are consumed does not matter."""
    task = getattr(result, "run_loop_task", None)
    if not isinstance(task, Task):
        return None
    task.add_done_callback(partial(_finish, observation, result))
    finalize(result, _abandon, observation.span)  # the loop may be gone before the task is done
    return result


def _finish(observation: Observation, result: Any, task: Task[Any]) -> None:
    span = observation.span
    with guard(f"{OWNER}: end of a streamed run"):
        if result.final_output is not None or result.interruptions:
            observation.record(result)
        error = _failure(result, task)
        if error is not None:
            span.record_exception(error)
        elif result.final_output is None and result.max_turns is not None and result.current_turn > result.max_turns:
            # The SDK makes this exception for whoever consumes the events.
            span.set_status(SpanStatus.ERROR, f"MaxTurnsExceeded: Max turns ({result.max_turns}) exceeded")
    span.end()


def _failure(result: Any, task: Task[Any]) -> BaseException | None:
    """Return what ended the run early.

    Not `task.exception()`: this would count as somebody having seen it, and silence the event loop's warning.
    """
    stored: BaseException | None = getattr(result, "_stored_exception", None)
    if stored is not None:
        return stored
    return CancelledError() if task.cancelled() else getattr(task, "_exception", None)


def _abandon(span: Span) -> None:
    if span.is_recording:
        span.set_attribute(attributes.STREAM_END, "abandoned")
        span.end(status=SpanStatus.CANCELLED)


_RUN = CallHandler(
    span_type=SpanType.AGENT,
    name=_name,
    inputs=_inputs,
    attributes=_attributes,
    outputs=_outputs,
    attach=_follow,
)
_RUN_WITHOUT_CONTENT = without_content(_RUN)
