"""What agents, workflows and engines are run on.

An agent gets the last user message as `user_msg` and what was said before as `chat_history`; if the request ends with
something else, such as a tool's output, everything is `chat_history`. A workflow of one's own gets, as far as its start
event has such fields, the text of the last user message as `input`, `query`, `question`, `message`, `topic` or
`user_msg`, the messages before it as `chat_history`, all of them as `messages`, and `custom_inputs` by their names; a
plain `StartEvent` has all of these. A field of another name gets the text if it is the only one that is left.
`wrap(..., input_fn=…)` may return a text, a message, a list of messages, a start event, or the keyword arguments of
`run`.

A chat engine gets the text of the last user message and the messages before it; its `input_fn` may return a text, or
a mapping with `message` and perhaps `chat_history`. Query engines and retrievers get the text alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llama_index.core.agent.workflow import AgentWorkflow, CodeActAgent, ReActAgent
from llama_index.core.agent.workflow.base_agent import BaseWorkflowAgent
from llama_index.core.base.llms.types import ChatMessage, MessageRole, TextBlock
from llama_index.core.workflow import StartEvent, Workflow

from spanloom.agents.adapter import Run
from spanloom.errors import AgentError
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom_adapters.llama_index.history import request_messages

__all__ = ["chat_arguments", "is_agent", "query", "run_arguments"]

_TEXT_FIELDS = ("input", "query", "question", "message", "topic", "user_msg")


def is_agent(workflow: Workflow) -> bool:
    """Tell whether a workflow is one of LlamaIndex's agents."""
    return isinstance(workflow, BaseWorkflowAgent | AgentWorkflow)


def run_arguments(workflow: Workflow, request: ResponsesAgentRequest, run: Run) -> dict[str, Any]:
    """Return the keyword arguments of `workflow.run`.

    Raises:
        AgentError: If the request has no user message, or the workflow needs more than is known.
    """
    if not is_agent(workflow):
        return _arguments(run.native_input(request, lambda request: _start_fields(workflow, request)))
    given = run.native_input(request, request_messages)
    arguments = _arguments(_agent_arguments(workflow, given) if isinstance(given, list) else given)
    if run.options.max_iterations is not None and "start_event" not in arguments:
        arguments.setdefault("max_iterations", run.options.max_iterations)
    return arguments


def chat_arguments(request: ResponsesAgentRequest, run: Run) -> dict[str, Any]:
    """Return the keyword arguments of a chat engine's `achat`.

    Raises:
        AgentError: If the request does not end with a user's text.
    """
    given = run.native_input(request, _conversation)
    if isinstance(given, str):
        given = {"message": given}
    if isinstance(given, Mapping) and isinstance(given.get("message"), str):
        return {"chat_history": [], **given}
    raise AgentError("input_fn must return a text, or a mapping with 'message' and perhaps 'chat_history'")


def query(request: ResponsesAgentRequest, run: Run) -> Any:
    """Return what a query engine or a retriever is asked.

    Raises:
        AgentError: If the request does not end with a user's text.
    """
    return run.native_input(
        request, lambda request: _last_user_text(request_messages(request), "a query engine or retriever")
    )


def _arguments(given: Any) -> dict[str, Any]:
    if isinstance(given, StartEvent):
        return {"start_event": given}
    if isinstance(given, str | ChatMessage):
        return {"user_msg": given}
    if isinstance(given, Mapping):
        return dict(given)
    raise AgentError(
        "input_fn must return a text, a message, a list of messages, a start event or keyword arguments of run(), not "
        f"{type(given).__name__}"
    )


def _agent_arguments(workflow: Workflow, messages: list[ChatMessage]) -> dict[str, Any]:
    if not any(message.role == MessageRole.USER for message in messages):
        raise AgentError("a LlamaIndex agent answers a user: the input needs at least one message with role 'user'")
    if messages[0].role == MessageRole.SYSTEM and _drops_system_message(workflow):
        messages = [messages[0], *messages]
    if messages[-1].role != MessageRole.USER:
        return {"chat_history": messages}
    return {"user_msg": messages[-1], "chat_history": messages[:-1]}


def _drops_system_message(workflow: Workflow) -> bool:
    """Tell whether an agent replaces the first system message, which it takes for its own, though it has none."""
    agents = workflow.agents.values() if isinstance(workflow, AgentWorkflow) else [workflow]
    return any(isinstance(agent, ReActAgent | CodeActAgent) and not agent.system_prompt for agent in agents)


def _start_fields(workflow: Workflow, request: ResponsesAgentRequest) -> dict[str, Any]:
    kind = workflow.start_event_class
    messages = request_messages(request)
    custom = request.custom_inputs or {}
    texts = [message.content for message in messages if message.role == MessageRole.USER and message.content]
    text = texts[-1] if texts else None
    known: dict[str, Any] = {"messages": messages, "chat_history": messages[:-1]}
    if text is not None:
        known |= dict.fromkeys(_TEXT_FIELDS, text)
    if not kind.model_fields:
        return {**known, **custom}
    fields = {name: value for name, value in known.items() if name in kind.model_fields} | custom
    missing = [name for name, field in kind.model_fields.items() if field.is_required() and name not in fields]
    if len(missing) == 1 and text is not None and not fields.keys() & {*_TEXT_FIELDS, "messages"}:
        return {**fields, missing[0]: text}
    if missing:
        raise AgentError(
            f"{type(workflow).__name__} starts with {kind.__name__}, which also needs {', '.join(missing)}: pass "
            f"them in custom_inputs, or give wrap(..., input_fn=…) a function that makes a {kind.__name__}"
        )
    return fields


def _conversation(request: ResponsesAgentRequest) -> dict[str, Any]:
    messages = request_messages(request)
    return {"message": _last_user_text(messages, "a chat engine"), "chat_history": messages[:-1]}


def _last_user_text(messages: list[ChatMessage], what: str) -> str:
    last = messages[-1] if messages else None
    if last is None or last.role != MessageRole.USER:
        raise AgentError(f"{what} answers a user's message: the input has to end with one")
    if not all(isinstance(block, TextBlock) for block in last.blocks):
        raise AgentError(f"{what} takes text only, but the last user message has a file, an image or sound")
    return last.content or ""
