"""What an agent is run with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from pydantic_ai.agent import AbstractAgent
from pydantic_ai.messages import ModelMessage, ModelRequest, ModelResponse, UserPromptPart
from pydantic_ai.settings import ThinkingEffort
from pydantic_ai.usage import RunUsage

from spanloom.agents.adapter import Run
from spanloom.errors import AgentError
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom_adapters.pydantic_ai.inputs import to_messages
from spanloom_adapters.pydantic_ai.interrupts import Resumption
from spanloom_adapters.pydantic_ai.options import PydanticAIOptions

__all__ = ["Arguments", "run_arguments"]

Arguments = dict[str, Any]

_SETTINGS = {
    "temperature": "temperature",
    "top_p": "top_p",
    "max_output_tokens": "max_tokens",
    "parallel_tool_calls": "parallel_tool_calls",
}
"""Fields of requests, and what Pydantic AI calls them."""


async def run_arguments(
    agent: AbstractAgent[Any, Any],
    request: ResponsesAgentRequest,
    run: Run,
    provider: str | None,
    resumed: Resumption | None,
) -> Arguments:
    """Return the arguments of `agent.run`; `usage` among them counts the tokens while it runs.

    Args:
        agent: The agent.
        request: The conversation.
        run: With the options.
        provider: Whose model is asked.
        resumed: How a run goes on that waited.

    Raises:
        AgentError: If the agent can't be given what the request holds.
    """
    options: PydanticAIOptions = run.options
    arguments = {
        "deps": await options.deps_for(request),
        "model": options.model,
        "model_settings": _model_settings(options, request),
        "usage_limits": options.usage_limits,
        "toolsets": options.toolsets,
        "instructions": request.instructions,
        "conversation_id": run.conversation_id,
        "usage": RunUsage(),
        "infer_name": False,
    }
    arguments = {name: value for name, value in arguments.items() if value is not None}
    if resumed is not None:
        waiting = {"message_history": resumed.messages, "deferred_tool_results": resumed.results}
        return {**arguments, **waiting, "user_prompt": resumed.prompt}
    if run.input_fn is not None:
        return arguments | _native_arguments(run.input_fn(request))
    messages = to_messages((item.model_dump() for item in request.input_items()), provider)
    return arguments | await _conversation(agent, messages, arguments)


async def _conversation(
    agent: AbstractAgent[Any, Any], messages: list[ModelMessage], arguments: Arguments
) -> Arguments:
    """Return the arguments that hold the conversation."""
    prompt = _only_prompt(messages)
    if prompt is not None:
        return {"user_prompt": prompt}
    if not messages:
        return {}
    # Pydantic AI takes a history to begin with the agent's system prompts.
    known = {name: arguments[name] for name in ("deps", "model") if name in arguments}
    prompts = await agent.system_prompt_parts(**known, message_history=messages)
    first = messages[0]
    if prompts and isinstance(first, ModelRequest):
        messages[0] = ModelRequest([*prompts, *first.parts])
    elif prompts:
        messages.insert(0, ModelRequest(prompts))
    return {"message_history": messages}


def _only_prompt(messages: Sequence[ModelMessage]) -> Any:
    if len(messages) != 1 or not isinstance(messages[0], ModelRequest):
        return None
    parts = messages[0].parts
    return parts[0].content if len(parts) == 1 and isinstance(parts[0], UserPromptPart) else None


def _native_arguments(given: Any) -> Arguments:
    """Return what the user's `input_fn` made: arguments, messages, or a prompt."""
    if isinstance(given, Mapping):
        return dict(given)
    if isinstance(given, list) and given and all(isinstance(part, ModelRequest | ModelResponse) for part in given):
        return {"message_history": given}
    if isinstance(given, str | Sequence):
        return {"user_prompt": given}
    raise AgentError(
        "input_fn must return a prompt, a list of Pydantic AI's messages, or a dict of arguments of Agent.run, not "
        f"{type(given).__name__}"
    )


def _model_settings(options: PydanticAIOptions, request: ResponsesAgentRequest) -> Any:
    wanted = {name: getattr(request, field) for field, name in _SETTINGS.items() if getattr(request, field) is not None}
    if request.reasoning is not None and request.reasoning.effort in get_args(ThinkingEffort):
        wanted["thinking"] = request.reasoning.effort
    settings = options.model_settings
    if not wanted:
        return settings
    if callable(settings):
        return lambda context: {**settings(context), **wanted}
    return {**(settings or {}), **wanted}
