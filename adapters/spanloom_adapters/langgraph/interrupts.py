"""Interrupts: what a person is asked, and how the answer gets back into the graph.

LangChain's human-in-the-loop middleware asks for decisions on actions: each action is an `mcp_approval_request` item.
Every interrupt is in `custom_outputs["interrupts"]` as `{"id", "value"}`. The next request in the same conversation
resumes the graph with one of:

- an `mcp_approval_response` item per action. `approve` runs it; with `"arguments"` (JSON text or a mapping) in the item
  it is run with those instead; `"approve": false` rejects it, with `reason` as the message to the model;
- `custom_inputs["resume"]`: the value itself (or a mapping from interrupt id to value), exactly as `Command(resume=…)`
  takes it;
- a user message, which answers a single interrupt that did not ask for decisions.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from langgraph.types import Command, Interrupt

from spanloom.agents.adapter import Run
from spanloom.errors import AgentError
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.responses_items import McpApprovalResponse
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.langchain.history import request_messages
from spanloom_adapters.langchain.plain import plain_value

__all__ = ["NO_ANSWER", "Pending", "answer_of", "asks_to_resume"]

NO_ANSWER = object()
"""The request answers nothing: it is to be run as usual."""


class Pending:
    """Collects what a graph asks.

    Attributes:
        stopped: Whether the graph was interrupted; a breakpoint asks nothing.
    """

    def __init__(self, run: Run, label: str, thread_id: str | None) -> None:
        self.stopped = False
        self._run = run
        self._label = label
        self._thread_id = thread_id
        self._interrupts: dict[str, Interrupt] = {}

    def add(self, interrupts: Any) -> None:
        """Take the interrupts of an update; a server writes them as dicts."""
        self.stopped = True
        for given in interrupts:
            interrupt = Interrupt(value=given["value"], id=given["id"]) if isinstance(given, dict) else given
            self._interrupts[interrupt.id] = interrupt

    def finish(self) -> list[ResponsesAgentStreamEvent]:
        """Tell the run, and return the events of what waits for an approval."""
        if not self.stopped:
            return []
        run, interrupts = self._run, self._interrupts.values()
        run.incomplete_reason = "interrupt"
        run.custom_outputs["interrupts"] = [
            {"id": interrupt.id, "value": plain_value(interrupt.value)} for interrupt in interrupts
        ]
        # Without a checkpointer the graph has forgotten where it stopped.
        run.custom_outputs["resumable"] = self._thread_id is not None
        if self._thread_id is not None:
            run.custom_outputs["conversation_id"] = self._thread_id
        items = [item for interrupt in interrupts for item in _approval_items(interrupt, self._label)]
        return [event for item in items for event in run.response.item(item)]


def _approval_items(interrupt: Interrupt, label: str) -> list[dict[str, Any]]:
    """Return an approval request for every action that the interrupt asks a decision on."""
    return [
        {
            "type": "mcp_approval_request",
            "id": _approval_id(interrupt, position),
            "name": action["name"],
            "arguments": json.dumps(plain_value(action.get("args") or {})),
            "server_label": label,
        }
        for position, action in enumerate(_actions(interrupt.value))
    ]


def asks_to_resume(request: ResponsesAgentRequest) -> bool:
    """Tell whether the request wants to answer an interrupt."""
    last = request.input_items()[-1:]
    return "resume" in (request.custom_inputs or {}) or any(isinstance(item, McpApprovalResponse) for item in last)


def answer_of(request: ResponsesAgentRequest, state: Any) -> Any:
    """Return the graph's input that resumes it with the request's answer; `NO_ANSWER` if nothing is pending.

    Raises:
        AgentError: If the request answers something that is not pending, or leaves out what is.
    """
    pending = {interrupt.id: interrupt for interrupt in state.interrupts}
    custom_inputs = request.custom_inputs or {}
    if "resume" in custom_inputs and (pending or state.next):
        # A breakpoint (`interrupt_before`) asks nothing; the graph goes on when it is run on nothing.
        return Command(resume=custom_inputs["resume"]) if pending else None
    if not pending:
        if asks_to_resume(request):
            raise AgentError("there is nothing to resume: no interrupt is pending in this conversation")
        return NO_ANSWER
    waiting = {name: interrupt for name, interrupt in pending.items() if _actions(interrupt.value)}
    if waiting:
        return Command(resume={name: _decisions(request, interrupt) for name, interrupt in waiting.items()})
    text = _last_user_text(request)
    if len(pending) > 1 or not text:
        raise AgentError(
            f"this conversation waits for answers to {len(pending)} interrupts: send "
            f"custom_inputs={{'resume': {{interrupt id: answer}}}} for {', '.join(pending)}"
        )
    return Command(resume=text)


def _last_user_text(request: ResponsesAgentRequest) -> str:
    messages = request_messages(request)
    return str(messages[-1].text) if messages and messages[-1].type == "human" else ""


def _actions(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, Mapping):
        return []
    if value.get("type") == "tool_approval":
        return [dict(value)]
    actions = value.get("action_requests")
    return list(actions) if isinstance(actions, list | tuple) else []


def _approval_id(interrupt: Any, position: int) -> str:
    # Made of the interrupt's own id: another process can resume it.
    return f"mcpr_{interrupt.id}_{position}"


def _decisions(request: ResponsesAgentRequest, interrupt: Any) -> Any:
    answers = {
        item.approval_request_id: item for item in request.input_items() if isinstance(item, McpApprovalResponse)
    }
    actions = _actions(interrupt.value)
    ids = [_approval_id(interrupt, position) for position in range(len(actions))]
    missing = [name for name in ids if name not in answers]
    if missing:
        raise AgentError(
            "this conversation waits for approval: send an item {'type': 'mcp_approval_response', "
            f"'approval_request_id': …, 'approve': true or false}} for each of {', '.join(missing)}"
        )
    decisions = [_decision(answers[name], action) for name, action in zip(ids, actions, strict=True)]
    return decisions[0] if interrupt.value.get("type") == "tool_approval" else {"decisions": decisions}


def _decision(answer: McpApprovalResponse, action: dict[str, Any]) -> dict[str, Any]:
    if not answer.approve:
        return {"type": "reject", **({"message": answer.reason} if answer.reason else {})}
    arguments = (answer.model_extra or {}).get("arguments")
    if arguments is None:
        return {"type": "approve"}
    return {"type": "edit", "edited_action": {"name": action["name"], "args": _edited(answer, arguments)}}


def _edited(answer: McpApprovalResponse, arguments: Any) -> dict[str, Any]:
    edited = arguments
    if isinstance(arguments, str):
        with suppress(ValueError):
            edited = json.loads(arguments)
    if not isinstance(edited, dict):
        raise AgentError(
            f"the arguments in the answer to {answer.approval_request_id} must be a JSON object, not {arguments!r}"
        )
    return edited
