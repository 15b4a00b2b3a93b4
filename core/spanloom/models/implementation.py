"""Calling a model, whatever it is: the one form that loaded models have."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any, Protocol

from spanloom.agents.chat_agent import ChatAgent
from spanloom.agents.chat_model import ChatModel
from spanloom.agents.loaded import agent_of
from spanloom.agents.python_model import PythonModel
from spanloom.agents.responses_agent import ResponsesAgent
from spanloom.agents.standard_agent import StandardAgent
from spanloom.agents.wrap import wrap
from spanloom.agents.wrapped_agent import WrappedAgent
from spanloom.errors import AdapterNotFoundError, ModelError
from spanloom.models.agent_model import AgentModel
from spanloom.models.context import PythonModelContext
from spanloom.models.function_model import FunctionModel

__all__ = ["Implementation", "implementation_of"]


class Implementation(Protocol):
    """A model that can be called.

    Attributes:
        python_model: What its author wrote; a native agent is wrapped.
        streamable: Whether it streams.
    """

    python_model: Any
    streamable: bool

    def predict(self, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        """Return what it answers."""

    def predict_stream(self, model_input: Any, params: dict[str, Any] | None = None) -> Iterator[Any]:
        """Yield what it answers."""

    async def apredict(self, model_input: Any, params: dict[str, Any] | None = None) -> Any:
        """Return what it answers."""

    def apredict_stream(self, model_input: Any, params: dict[str, Any] | None = None) -> AsyncIterator[Any]:
        """Yield what it answers."""


def implementation_of(model: Any, context: PythonModelContext) -> Implementation:
    """Return what calls a model: a standard agent, a `PythonModel`, a native agent, a function, or what has `predict`.

    Raises:
        ModelError: If it is nothing that can be called.
    """
    if isinstance(model, ResponsesAgent | ChatAgent | ChatModel):
        return AgentModel(model)
    if isinstance(model, PythonModel):
        streams = type(model).predict_stream is not PythonModel.predict_stream
        return FunctionModel(model, model.predict, model.predict_stream if streams else None, context)
    try:
        agent = agent_of(model)
        agent = agent if isinstance(agent, StandardAgent) else wrap(agent)
    except AdapterNotFoundError as error:
        agent, unknown = None, error
    if agent is not None and not (isinstance(agent, WrappedAgent) and agent.runner.adapter.name == "callable"):
        return AgentModel(agent)
    predict = getattr(model, "predict", None)  # of what loader modules give
    if callable(predict):
        return FunctionModel(model, predict, getattr(model, "predict_stream", None), context)
    if agent is None:
        raise ModelError(f"this can't be a model: {unknown}") from unknown
    return FunctionModel(model, model, None, context)
