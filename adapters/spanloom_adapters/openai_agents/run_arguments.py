"""What a run takes besides its input."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agents import ModelSettings, RunConfig
from agents.model_settings import MCPToolChoice
from openai.types.shared import Reasoning

from spanloom.agents.adapter import Run
from spanloom.errors import AgentError
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.schemas.wire import plain

__all__ = ["run_arguments"]

_SAME_NAMES = ("temperature", "top_p", "parallel_tool_calls", "truncation", "store")


def run_arguments(request: ResponsesAgentRequest, run: Run) -> dict[str, Any]:
    """Return the keyword arguments of `Runner.run_streamed`, as the options and the request say.

    Raises:
        AgentError: If the request chooses a tool in a way that the SDK does not know.
    """
    options = run.options
    given = {
        "context": _context(request, run),
        "max_turns": options.max_turns,
        "hooks": options.hooks,
        "run_config": _run_config(request, run),
    }
    return {name: value for name, value in given.items() if value is not None}


def _context(request: ResponsesAgentRequest, run: Run) -> Any:
    context = run.options.context
    if callable(context):
        return context(request)
    return request.custom_inputs if context is None else context


def _run_config(request: ResponsesAgentRequest, run: Run) -> RunConfig | dict[str, Any] | None:
    config: RunConfig | None = run.options.run_config
    changes: dict[str, Any] = {}
    settings = _model_settings(request)
    if settings:
        changes["model_settings"] = ((config and config.model_settings) or ModelSettings()).resolve(
            ModelSettings(**settings)
        )
    if run.conversation_id is not None and not (config and config.group_id):
        changes["group_id"] = run.conversation_id
    if config is None:
        # A dict, because a model provider that the runner makes itself is closed at the end of the run.
        return changes or None
    return replace(config, **changes)


def _model_settings(request: ResponsesAgentRequest) -> dict[str, Any]:
    text = plain(request.text) or {}
    settings = {name: getattr(request, name) for name in _SAME_NAMES}
    settings["max_tokens"] = request.max_output_tokens
    settings["tool_choice"] = _tool_choice(request.tool_choice)
    settings["verbosity"] = text.get("verbosity") if isinstance(text, dict) else None
    if request.reasoning is not None:
        settings["reasoning"] = Reasoning.model_validate(request.reasoning.model_dump(exclude_none=True))
    return {name: value for name, value in settings.items() if value is not None}


def _tool_choice(choice: Any) -> Any:
    """Return the choice as the SDK names it: by the function, or by the type of a hosted tool."""
    if not isinstance(choice, dict):
        return choice
    kind = choice.get("type")
    if kind == "function":
        return choice.get("name") or (choice.get("function") or {}).get("name")
    if kind == "mcp" and choice.get("name"):
        return MCPToolChoice(choice["server_label"], choice["name"])
    if not isinstance(kind, str) or choice.keys() != {"type"}:
        raise AgentError(
            f"tool_choice={choice!r}: the OpenAI Agents SDK takes 'auto', 'required', 'none', "
            "{'type': 'function', 'name': …} or {'type': <a hosted tool>}"
        )
    return kind
