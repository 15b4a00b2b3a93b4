"""A request's parameters for the model: `temperature`, `top_p` and `max_output_tokens`.

A chat model that is wrapped itself, also with tools or other arguments bound, follows them if it has such a field.
Inside of chains and graphs, models with configurable fields of LangChain's names `temperature`, `top_p` and
`max_tokens` do (https://docs.langchain.com/oss/python/langchain/models#configurable-models).
"""

from __future__ import annotations

from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import Runnable
from langchain_core.runnables.base import RunnableBindingBase

from spanloom.schemas.responses import ResponsesAgentRequest

__all__ = ["parameters", "with_parameters"]

_FIELDS = {
    "temperature": ("temperature",),
    "top_p": ("top_p",),
    "max_tokens": ("max_tokens", "max_output_tokens", "num_predict"),
}
"""LangChain's names, and what chat models call the fields."""


def parameters(request: ResponsesAgentRequest) -> dict[str, Any]:
    """Return the parameters that the request sets, by LangChain's names."""
    values = {
        "temperature": request.temperature,
        "top_p": request.top_p,
        "max_tokens": request.max_output_tokens,
    }
    return {name: value for name, value in values.items() if value is not None}


def with_parameters(agent: Runnable[Any, Any], request: ResponsesAgentRequest) -> Runnable[Any, Any]:
    """Return the chat model, or what binds arguments to one, with the request's parameters; others as they are."""
    values = parameters(request)
    return _changed(agent, values) if values else agent


def _changed(agent: Any, values: dict[str, Any]) -> Any:
    if isinstance(agent, BaseChatModel):
        fields = type(agent).model_fields
        names = {name: [field for field in _FIELDS[name] if field in fields] for name in values}
        return agent.model_copy(update={found[0]: values[name] for name, found in names.items() if found})
    if isinstance(agent, RunnableBindingBase):
        return agent.model_copy(update={"bound": _changed(agent.bound, values)})
    return agent
