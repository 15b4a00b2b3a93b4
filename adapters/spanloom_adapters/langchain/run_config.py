"""The config of a run: the user's, and what the run adds."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.runnables import RunnableConfig

from spanloom.agents.adapter import Run
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom_adapters.langchain.parameters import parameters

__all__ = ["run_config"]


def run_config(
    run: Run, request: ResponsesAgentRequest, handler: BaseCallbackHandler, **configurable: Any
) -> RunnableConfig:
    """Return the user's config with this handler, the request's parameters, and further configurable values."""
    given: dict[str, Any] = dict(run.options.config or {})
    values = {**(given.get("configurable") or {}), **parameters(request), **configurable}
    config: dict[str, Any] = {**given, "callbacks": _callbacks(given.get("callbacks"), handler)}
    if values:
        config["configurable"] = values
    return config  # type: ignore[return-value] # a dict of its keys


def _callbacks(given: Any, handler: BaseCallbackHandler) -> Any:
    if given is None or isinstance(given, list):
        return [*(given or ()), handler]
    manager = given.copy()
    manager.add_handler(handler, inherit=True)
    return manager
