"""Runs that ask a person (`InputRequiredEvent`), and how the answer gets back into them.

When nothing else is left to do, the response ends `incomplete`; `custom_outputs["interrupts"]` holds a question
`{"id", "value"}` per event, the value being the text asked, or all fields of an event that has more. The next request
in the same conversation goes on with one of:

- a user message, which answers a single question;
- `custom_inputs["resume"]`: the answer, or a mapping from question id to answer.

An answer is sent as the event that is waited for, a `HumanResponseEvent` by default: a text as its `response` (or the
one field that it declares instead), a mapping as its fields. The fields of the question are repeated in it, as
`requirements` of `wait_for_event` expect.

The context of the run is kept with the conversation, as JSON, together with an agent's memory; with
`conversations=SqliteConversations(path)` another process can go on with it. A context that JSON can't hold ends with
the response: `custom_outputs["resumable"]` tells.
"""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from llama_index.core.agent.workflow import AgentWorkflow
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.memory import ChatMemoryBuffer
from llama_index.core.workflow import Context, Event, HumanResponseEvent, JsonSerializer, Workflow
from pydantic_core import to_jsonable_python
from workflows.handler import WorkflowHandler

from spanloom.agents.adapter import Run
from spanloom.errors import AgentError
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.responses_items import McpApprovalResponse, Message
from spanloom_adapters.llama_index.content import text_of
from spanloom_adapters.llama_index.inputs import is_agent

__all__ = ["Resumption", "pause_run", "resumption"]

_MEMORY = "memory"


async def pause_run(handler: WorkflowHandler, workflow: Workflow, questions: Sequence[Event], run: Run) -> None:
    """Tell what is asked, keep what is needed to go on, and stop the native run."""
    asked: list[dict[str, Any]] = [
        {"id": f"question_{number}", "fields": _fields(event)} for number, event in enumerate(questions, 1)
    ]
    run.incomplete_reason = "interrupt"
    run.custom_outputs["interrupts"] = [{"id": each["id"], "value": _value(each["fields"])} for each in asked]
    run.state = None
    if run.conversation_id is not None:
        run.state = await _state(handler, workflow, asked)
    run.custom_outputs["resumable"] = run.state is not None
    await handler.cancel_run()


def resumption(workflow: Workflow, request: ResponsesAgentRequest, run: Run) -> Resumption | None:
    """Return how the run that waits for an answer goes on with the request; `None` if none waits.

    Raises:
        AgentError: If the request answers what does not wait, or leaves out what does.
    """
    given = (request.custom_inputs or {}).get("resume")
    items = request.input_items()
    last = items[-1] if items else None
    if run.state is None:
        if given is not None or isinstance(last, McpApprovalResponse):
            raise AgentError(_NOTHING_WAITS)
        return None
    ids = [question["id"] for question in run.state["questions"]]
    if given is None and isinstance(last, Message) and last.role == "user":
        given = text_of(last.model_dump(exclude_none=True)["content"])
    if isinstance(given, Mapping) and given.keys() == set(ids):
        return Resumption(workflow, run.state, given)
    if len(ids) > 1 or given is None or given == "":
        raise AgentError(
            f"this conversation waits for answers to {len(ids)} question(s): send a user message if it is one, or "
            f"custom_inputs={{'resume': {{question id: answer}}}} for {', '.join(ids)}"
        )
    return Resumption(workflow, run.state, {ids[0]: given})


class Resumption:
    """What brings a run to its end that was begun with the context in `state`.

    Args:
        workflow: What runs.
        state: As it was kept.
        answers: By the ids of the questions.
    """

    def __init__(self, workflow: Workflow, state: Any, answers: Mapping[str, Any]) -> None:
        self._workflow = workflow
        self._state = state
        self._events = list(self._answers(answers))

    def context(self) -> Context[Any]:
        """Return the context to run with."""
        return Context.from_dict(self._workflow, self._state["context"], JsonSerializer())

    async def begin(self, handler: WorkflowHandler) -> None:
        """Give the run its memory, and the answers unless it has to settle first."""
        messages = self._state[_MEMORY]
        if messages is not None:
            history = [ChatMessage.model_validate(message) for message in messages]
            memory = ChatMemoryBuffer.from_defaults(chat_history=history, llm=_first_agent(self._workflow).llm)
            await handler.ctx.store.set(_MEMORY, memory)
        # The requirements of an answer are known again only when the step that waits has been run again.
        if not any(waiter["has_requirements"] for waiter in self._waiters()):
            self.send_answers(handler)

    def send_answers(self, handler: WorkflowHandler) -> bool:
        """Send the answers, unless that was done before."""
        events, self._events = self._events, []
        for event in events:
            handler.ctx.send_event(event)
        return bool(events)

    def _waiters(self) -> list[dict[str, Any]]:
        steps = self._state["context"]["workers"].values()
        return [waiter for step in steps for waiter in step["collected_waiters"]]

    def _answers(self, answers: Mapping[str, Any]) -> Iterator[Event]:
        questions = self._state["questions"]
        kinds = [_event_class(waiter["waiting_for_event"]) for waiter in self._waiters()]
        if not kinds:
            # No step waits in its middle: the answer begins one.
            kinds = [kind for kind in self._workflow.events if issubclass(kind, HumanResponseEvent)]
        if len(kinds) != len(questions):
            kinds = [kinds[0] if kinds else HumanResponseEvent] * len(questions)
        for kind, question in zip(kinds, questions, strict=True):
            yield _answer(kind, question["fields"], answers[question["id"]])


async def _state(handler: WorkflowHandler, workflow: Workflow, questions: list[dict[str, Any]]) -> Any:
    """Return what the run needs to go on; `None` if JSON can't hold it."""
    store = handler.ctx.store
    messages = None
    if is_agent(workflow):
        memory = await store.get(_MEMORY)
        messages = [message.model_dump(mode="json") for message in await memory.aget_all()]
        # It holds a tokenizer. The run goes on with another one, so this one may go.
        await store.set(_MEMORY, None)
    try:
        context = handler.ctx.to_dict(JsonSerializer())
        Context.from_dict(workflow, context, JsonSerializer())
        return json.loads(json.dumps({"context": context, _MEMORY: messages, "questions": questions}))
    except (TypeError, ValueError, ImportError, AttributeError):
        return None


def _fields(event: Event) -> dict[str, Any]:
    declared = {name: getattr(event, name) for name in type(event).model_fields}
    fields: dict[str, Any] = to_jsonable_python({**declared, **dict(event.items())}, fallback=str)
    return fields


def _value(fields: Mapping[str, Any]) -> Any:
    values = list(fields.values())
    return values[0] if len(values) == 1 and isinstance(values[0], str) else dict(fields)


def _answer(kind: type[Event], asked: Mapping[str, Any], answer: Any) -> Event:
    if isinstance(answer, Mapping):
        return kind(**{**asked, **answer})
    fields = kind.model_fields
    open_fields = [name for name, field in fields.items() if field.is_required() and name not in asked]
    name = "response" if "response" in fields or len(open_fields) != 1 else open_fields[0]
    return kind(**{**asked, name: answer})


def _event_class(name: str) -> type[Event]:
    module, _, attribute = name.rpartition(".")
    kind: type[Event] = getattr(importlib.import_module(module), attribute)
    return kind


def _first_agent(workflow: Any) -> Any:
    return workflow.agents[workflow.root_agent] if isinstance(workflow, AgentWorkflow) else workflow


_NOTHING_WAITS = (
    "there is nothing to answer: no question waits in this conversation. Questions wait only in requests that name a "
    "context.conversation_id, and the answer has to name the same one. LlamaIndex has no approvals of calls: a tool "
    "that needs one asks with ctx.wait_for_event(HumanResponseEvent, waiter_event=InputRequiredEvent(...))"
)
