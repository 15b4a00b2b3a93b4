"""A loaded model as what a server takes: a standard agent, or functions that take and give JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, Final

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

    A standard agent is itself, and one that another loader loaded is called through it; whatever else takes and gives
    JSON, in the forms of MLflow's scoring server.

    Args:
        model: The model.
        name: What it is served as.
    """
    python_model = model.unwrap_python_model()
    if isinstance(python_model, ResponsesAgent | ChatAgent | ChatModel):
        return python_model
    kind = _FOREIGN.get(model.metadata.task or "")
    if kind is None:
        return _handlers(model, name)
    agent = kind(model)
    agent.name = name
    return agent


class _ForeignResponsesAgent(ResponsesAgent):
    """An agent that another package's loader loaded, such as one saved by MLflow."""

    def __init__(self, model: PyFuncModel) -> None:
        self._model = model

    def predict(self, request: Any) -> Any:
        return self._model.predict(_responses_body(request))

    def predict_stream(self, request: Any) -> Iterator[Any]:
        return self._model.predict_stream(_responses_body(request))


class _ForeignChatAgent(ChatAgent):
    """The same, of the other schema."""

    def __init__(self, model: PyFuncModel) -> None:
        self._model = model

    def predict(self, messages: Any, context: Any = None, custom_inputs: Any = None) -> Any:
        return self._model.predict(_chat_body(messages, context, custom_inputs))

    def predict_stream(self, messages: Any, context: Any = None, custom_inputs: Any = None) -> Iterator[Any]:
        return self._model.predict_stream(_chat_body(messages, context, custom_inputs))


class _ForeignChatModel(ChatModel):
    """The same, of the third schema."""

    def __init__(self, model: PyFuncModel) -> None:
        self._model = model

    def predict(self, _context: Any, messages: Any, params: Any) -> Any:
        return self._model.predict({"messages": [_body(message) for message in messages], **_body(params)})

    def predict_stream(self, _context: Any, messages: Any, params: Any) -> Iterator[Any]:
        return self._model.predict_stream({"messages": [_body(message) for message in messages], **_body(params)})


_FOREIGN: Final[dict[str, Callable[[PyFuncModel], ResponsesAgent | ChatAgent | ChatModel]]] = {
    "agent/v1/responses": _ForeignResponsesAgent,
    "agent/v2/chat": _ForeignChatAgent,
    "agent/v1/chat": _ForeignChatModel,
}


def _body(request: Any) -> dict[str, Any]:
    body: dict[str, Any] = request.model_dump(exclude_none=True)
    return body


def _responses_body(request: Any) -> dict[str, Any]:
    return {**_body(request), "input": [_body(item) for item in request.input_items()]}  # elsewhere, text is no input


def _chat_body(messages: Any, context: Any, custom_inputs: Any) -> dict[str, Any]:
    body = {
        "messages": [_body(message) for message in messages],
        "context": _body(context) if context is not None else None,
        "custom_inputs": custom_inputs,
    }
    return {key: value for key, value in body.items() if value is not None}


def _handlers(model: PyFuncModel, name: str) -> Handlers:
    async def predict(body: dict[str, Any]) -> Any:
        data, params, wrapped = scoring_input(body)
        try:
            return answer_of(await model.apredict(data, params), wrapped=wrapped)
        except SchemaError as error:
            raise invalid_request(error) from error

    async def predict_stream(body: dict[str, Any]) -> AsyncIterator[Any]:
        data, params, wrapped = scoring_input(body)
        try:
            async for part in model.apredict_stream(data, params):
                yield answer_of(part, wrapped=wrapped)
        except SchemaError as error:
            raise invalid_request(error) from error

    predict.__name__ = predict_stream.__name__ = name  # their spans are called so
    predict.__qualname__ = predict_stream.__qualname__ = name
    return Handlers(name, predict, predict_stream if model.streamable else None)
