"""A loaded model as what a server takes: a standard agent, or functions that take and give JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from spanloom.agents.chat_agent import ChatAgent
from spanloom.agents.chat_model import ChatModel
from spanloom.agents.responses_agent import ResponsesAgent
from spanloom.errors import SchemaError
from spanloom.models.loaded import PyFuncModel
from spanloom.models.scoring import answer_of, scoring_input
from spanloom.serving.errors import invalid_request
from spanloom.serving.handlers import Handlers

__all__ = ["served_model"]


def served_model(model: PyFuncModel, name: str) -> ResponsesAgent | ChatAgent | ChatModel | Handlers:
    """Return what `AgentServer` takes for a model.

    An agent is served as itself; whatever else takes and gives JSON, in the forms of MLflow's scoring server.

    Args:
        model: The model.
        name: What it is served as.
    """
    return _handlers(model, name) if model.agent is None else model.agent


def _handlers(model: PyFuncModel, name: str) -> Handlers:
    async def predict(body: dict[str, Any]) -> Any:
        try:
            data, params, wrapped = scoring_input(body)
            return answer_of(await model.apredict(data, params), wrapped=wrapped)
        except SchemaError as error:
            raise invalid_request(error) from error

    async def predict_stream(body: dict[str, Any]) -> AsyncIterator[Any]:
        try:
            data, params, wrapped = scoring_input(body)
            async for part in model.apredict_stream(data, params):
                yield answer_of(part, wrapped=wrapped)
        except SchemaError as error:
            raise invalid_request(error) from error

    predict.__name__ = predict_stream.__name__ = name  # their spans are called so
    predict.__qualname__ = predict_stream.__qualname__ = name
    return Handlers(name, predict, predict_stream if model.streamable else None)
