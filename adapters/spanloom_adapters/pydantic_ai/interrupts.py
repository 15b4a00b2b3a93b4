"""Calls that wait for somebody: what is asked, and how the answer gets back into the run.

The agent needs `DeferredToolRequests` among its output types. A call of a tool that requires an approval is an
`mcp_approval_request` item; its `metadata` is what the tool gave to `ApprovalRequired`. A call whose result comes from
outside (`CallDeferred`, external tools) is in `custom_outputs["interrupts"]` as `{"id", "value"}`, with the name, the
arguments and the metadata as the value. The next request in the same conversation answers all of them:

- `mcp_approval_response`: `approve` runs the call; with `"arguments"` (JSON text or a mapping) in the item it is run
  with those instead; `"approve": false` denies it, with `reason` as what the model is told;
- `function_call_output`: the result of a call, by its `call_id`;
- `custom_inputs["resume"]`: a mapping from the interrupts' ids to results, or the result of the only one;
- a user message, which is the result of the only one.

The messages of the run are kept with the conversation, as JSON; with `conversations=SqliteConversations(path)` another
process can go on with it. `custom_outputs["conversation_id"]` names it, also if the request did not.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import uuid4

from pydantic_ai.messages import ModelMessage, ModelMessagesTypeAdapter, UserContent
from pydantic_ai.tools import DeferredToolRequests, DeferredToolResults, ToolApproved, ToolDenied
from pydantic_core import to_jsonable_python

from spanloom.agents.adapter import Run
from spanloom.errors import AgentError
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.pydantic_ai.content import call_arguments, user_content

if TYPE_CHECKING:
    from pydantic_ai.run import AgentRunResult

__all__ = ["Resumption", "interrupt", "resumption"]

_PREFIX = "mcpr_"


class Resumption(NamedTuple):
    """How a run goes on that waited.

    Attributes:
        messages: The run so far.
        results: What it waited for.
        answered: The calls whose outputs the client sent as items.
        prompt: What the user said besides.
    """

    messages: list[ModelMessage]
    results: DeferredToolResults
    answered: frozenset[str]
    prompt: str | list[UserContent] | None


def interrupt(result: AgentRunResult[DeferredToolRequests], run: Run, label: str) -> list[ResponsesAgentStreamEvent]:
    """Tell the run that it waits, and return the events of what waits for an approval.

    Args:
        result: Of the run that stopped.
        run: The request.
        label: What the approvals' `server_label` says.
    """
    requests = result.output
    run.incomplete_reason = "interrupt"
    run.state = {
        "messages": ModelMessagesTypeAdapter.dump_python(result.all_messages(), mode="json", fallback=str),
        "approvals": [call.tool_call_id for call in requests.approvals],
        "calls": [call.tool_call_id for call in requests.calls],
    }
    # A request that named no conversation is told the one it can be resumed in.
    run.conversation_id = run.conversation_id or f"conv_{uuid4().hex}"
    run.custom_outputs["conversation_id"] = run.conversation_id
    if requests.calls:
        run.custom_outputs["interrupts"] = [
            {"id": call.tool_call_id, "value": _question(call, requests.metadata)} for call in requests.calls
        ]
    items = [_approval_item(call, requests.metadata, label) for call in requests.approvals]
    return [event for item in items for event in run.response.item(item)]


def resumption(request: ResponsesAgentRequest, state: Any, provider: str | None) -> Resumption | None:
    """Return how the request lets the conversation's run go on; `None` if nothing waits.

    Args:
        request: The answers.
        state: What `interrupt` kept.
        provider: Whose model is asked.

    Raises:
        AgentError: If the request answers something that does not wait, or leaves out what does.
    """
    answers = _Answers(request, provider)
    if state is None:
        if answers.asks_to_resume:
            raise AgentError(
                "there is nothing to resume: no call waits in this conversation; name the interrupted one in "
                "context.conversation_id"
            )
        return None
    results = DeferredToolResults(
        approvals={call_id: answers.approval(call_id) for call_id in state["approvals"]},
        calls={call_id: answers.result(call_id, state["calls"]) for call_id in state["calls"]},
    )
    if answers.missing:
        raise AgentError(f"this conversation waits for {'; '.join(answers.missing)}")
    messages = ModelMessagesTypeAdapter.validate_python(state["messages"])
    return Resumption(messages, results, frozenset(answers.outputs), answers.said or None)


class _Answers:
    """What a request says to the calls that wait: all that comes after the agent's last word.

    Attributes:
        outputs: By call id.
        said: By the user, and not used as a result.
        missing: What would have to be sent.
        asks_to_resume: Whether the request makes sense only if something waits.
    """

    def __init__(self, request: ResponsesAgentRequest, provider: str | None) -> None:
        items = [item.model_dump() for item in request.input_items()]
        last = max((index for index, item in enumerate(items) if _is_agents(item)), default=-1)
        new = items[last + 1 :]
        self.outputs = {
            item["call_id"]: user_content(item["output"], provider)
            for item in new
            if item.get("type") == "function_call_output"
        }
        self.said = _joined([user_content(item["content"], provider) for item in new if item.get("role") == "user"])
        self.missing: list[str] = []
        self._approvals = {
            item["approval_request_id"]: item for item in items if item.get("type") == "mcp_approval_response"
        }
        self._custom_inputs = request.custom_inputs or {}
        self.asks_to_resume = "resume" in self._custom_inputs or any(
            item.get("type") == "mcp_approval_response" for item in new
        )

    def approval(self, call_id: str) -> bool | ToolApproved | ToolDenied:
        """Return the answer to a call that has to be approved."""
        answer = self._approvals.get(_PREFIX + call_id)
        if answer is None:
            self.missing.append(
                "approval: send an item {'type': 'mcp_approval_response', 'approval_request_id': "
                f"'{_PREFIX + call_id}', 'approve': true or false}}"
            )
            return False
        if not answer["approve"]:
            return ToolDenied(answer["reason"]) if answer.get("reason") else False
        arguments = answer.get("arguments")
        if arguments is None:
            return True
        return ToolApproved(override_args=json.loads(arguments) if isinstance(arguments, str) else arguments)

    def result(self, call_id: str, waiting: list[str]) -> Any:
        """Return the result of a call; `waiting` are all that need one."""
        if call_id in self.outputs:
            return self.outputs[call_id]
        resume = self._custom_inputs.get("resume", self)
        if isinstance(resume, Mapping) and call_id in resume:
            return resume[call_id]
        if len(waiting) == 1 and resume is not self:
            return resume
        if len(waiting) == 1 and self.said:
            said, self.said = self.said, ""
            return said
        self.missing.append(f"the result of a call: send a function_call_output for {call_id}")
        return None


def _joined(contents: list[str | list[UserContent]]) -> str | list[UserContent]:
    parts = [part for content in contents for part in ([content] if isinstance(content, str) else content)]
    texts = [part for part in parts if isinstance(part, str)]
    return "\n".join(texts) if len(texts) == len(parts) else parts


def _is_agents(item: Mapping[str, Any]) -> bool:
    kind = item.get("type", "message")
    if kind == "message":
        return bool(item["role"] == "assistant")
    return kind not in {"function_call_output", "mcp_approval_response"}


def _approval_item(call: Any, metadata: Mapping[str, Any], label: str) -> dict[str, Any]:
    item = {
        "type": "mcp_approval_request",
        "id": _PREFIX + call.tool_call_id,
        "name": call.tool_name,
        "arguments": call_arguments(call),
        "server_label": label,
    }
    told = metadata.get(call.tool_call_id)
    return {**item, "metadata": to_jsonable_python(told, fallback=str)} if told else item


def _question(call: Any, metadata: Mapping[str, Any]) -> dict[str, Any]:
    question = {"name": call.tool_name, "arguments": call.args_as_dict()}
    told = metadata.get(call.tool_call_id)
    return {**question, "metadata": to_jsonable_python(told, fallback=str)} if told else question
