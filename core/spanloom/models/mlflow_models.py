"""Models that a loader of MLflow's gave, called as those that were saved here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from spanloom.agents.chat_agent import ChatAgent
from spanloom.agents.chat_model import ChatModel
from spanloom.agents.responses_agent import ResponsesAgent
from spanloom.errors import SchemaError
from spanloom.models.agent_model import AgentModel
from spanloom.models.function_model import FunctionModel
from spanloom.models.model_file import Model
from spanloom.schemas.validation import schema_error

__all__ = ["mlflow_model"]

_BASES: Final = "mlflow.pyfunc.model"
"""Where the classes are that authors subclass."""

_REQUESTS: Final = {"ResponsesAgentRequest", "ChatAgentMessage", "ChatContext"}


def mlflow_model(loaded: Any, model: Model, folder: Path) -> AgentModel | FunctionModel:
    """Return what calls a model of MLflow's.

    Args:
        loaded: What MLflow's loader gave, which takes plain data.
        model: What `MLmodel` says.
        folder: The folder of the model.
    """
    if model.task in _AGENTS:
        author = loaded.get_raw_model() if hasattr(loaded, "get_raw_model") else loaded
        return AgentModel(_agent(model.task, loaded, author), author)
    author = getattr(loaded, "python_model", None) or loaded
    hints = getattr(author, "predict_type_hints", None) if model.is_signature_from_type_hint else None
    stream = loaded.predict_stream if _streams(author) else None
    return FunctionModel(author, _predict(loaded, model, folder), stream, hint=getattr(hints, "input", None))


def _predict(loaded: Any, model: Model, folder: Path) -> Callable[..., Any]:
    """Return MLflow's own call, which makes data a DataFrame where the signature has columns."""
    from mlflow.models import Model as MlflowModel
    from mlflow.pyfunc import PyFuncModel

    pyfunc = PyFuncModel(MlflowModel.load(str(folder)), loaded)
    if model.saved_input_example_info:
        pyfunc.input_example = pyfunc.metadata.load_input_example(str(folder))

    def predict(model_input: Any, params: dict[str, Any] | None = None) -> Any:
        with _refusals():
            return pyfunc.predict(model_input, params)

    return predict


def _agent(task: str | None, loaded: Any, author: Any) -> ResponsesAgent | ChatAgent | ChatModel:
    base, body_of = _AGENTS[task]

    def predict(_self: Any, *request: Any) -> Any:
        with _refusals():
            return loaded.predict(body_of(*request))

    def predict_stream(_self: Any, *request: Any) -> Iterator[Any]:
        with _refusals():
            yield from loaded.predict_stream(body_of(*request))

    methods = {"predict": predict, "predict_stream": predict_stream} if _streams(author) else {"predict": predict}
    agent: ResponsesAgent | ChatAgent | ChatModel = type(type(author).__name__, (base,), methods)()
    return agent


def _streams(author: Any) -> bool:
    """Whether the author wrote `predict_stream`; that of MLflow's classes raises."""
    method = getattr(type(author), "predict_stream", None)
    return method is not None and method.__module__ != _BASES


@contextmanager
def _refusals() -> Iterator[None]:
    """Tell as our own error that MLflow refuses an input."""
    from mlflow.exceptions import MlflowException

    try:
        yield
    except ValidationError as error:
        if error.title not in _REQUESTS:
            raise
        raise schema_error(error, error.title) from None
    except MlflowException as error:
        if not error.message.startswith("Failed to enforce schema"):
            raise
        raise SchemaError(f"the model's input: {error.message.rpartition('Error: ')[2]}") from error


def _body(request: Any) -> dict[str, Any]:
    body: dict[str, Any] = request.model_dump(exclude_none=True)
    return body


def _responses_body(request: Any) -> dict[str, Any]:
    return {**_body(request), "input": [_body(item) for item in request.input_items()]}  # to MLflow, text is no input


def _chat_agent_body(messages: Any, context: Any, custom_inputs: Any) -> dict[str, Any]:
    body = {
        "messages": [_body(message) for message in messages],
        "context": _body(context) if context is not None else None,
        "custom_inputs": custom_inputs,
    }
    return {key: value for key, value in body.items() if value is not None}


def _chat_model_body(_context: Any, messages: Any, params: Any) -> dict[str, Any]:
    return {"messages": [_body(message) for message in messages], **_body(params)}


_AGENTS: Final[Mapping[str | None, tuple[type, Callable[..., dict[str, Any]]]]] = {
    "agent/v1/responses": (ResponsesAgent, _responses_body),
    "agent/v2/chat": (ChatAgent, _chat_agent_body),
    "agent/v1/chat": (ChatModel, _chat_model_body),
}
