"""A model that was loaded."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

from spanloom.agents.chat_agent import ChatAgent
from spanloom.agents.chat_model import ChatModel
from spanloom.agents.responses_agent import ResponsesAgent
from spanloom.errors import AdapterNotFoundError
from spanloom.models.agent_model import AgentModel
from spanloom.models.enforcement import check_input, check_params
from spanloom.models.implementation import Implementation
from spanloom.models.model_file import Model

__all__ = ["PyFuncModel"]


class PyFuncModel:
    """What `load_model` returns. Agents take a request as a dict, a typed request or a row of pandas; they give dicts.

    Attributes:
        metadata: What `MLmodel` says.
        model_config: Its configuration.
        input_example: The input it was saved with, or `None`.
    """

    def __init__(
        self, metadata: Model, implementation: Implementation, model_config: dict[str, Any], input_example: Any = None
    ) -> None:
        self.metadata = metadata
        self.model_config = model_config
        self.input_example = input_example
        self._implementation = implementation

    def predict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """Return what the model answers.

        Args:
            data: The input.
            params: Further parameters, of models whose signature names some.

        Raises:
            SchemaError: If the input does not fit; the message names the path of each field.
        """
        return self._implementation.predict(data, self._checked(data, params))

    def predict_stream(self, data: Any, params: dict[str, Any] | None = None) -> Iterator[Any]:
        """Yield what the model answers. See `predict`.

        Raises:
            ModelError: If it does not stream.
        """
        return self._implementation.predict_stream(data, self._checked(data, params))

    async def apredict(self, data: Any, params: dict[str, Any] | None = None) -> Any:
        """Return what the model answers. See `predict`."""
        return await self._implementation.apredict(data, self._checked(data, params))

    def apredict_stream(self, data: Any, params: dict[str, Any] | None = None) -> AsyncIterator[Any]:
        """Yield what the model answers. See `predict_stream`."""
        return self._implementation.apredict_stream(data, self._checked(data, params))

    @property
    def streamable(self) -> bool:
        """Whether it streams."""
        return self._implementation.streamable

    @property
    def agent(self) -> ResponsesAgent | ChatAgent | ChatModel | None:
        """The standard agent that answers, if it is one."""
        return self._implementation.agent if isinstance(self._implementation, AgentModel) else None

    def __spanloom_agent__(self) -> ResponsesAgent | ChatAgent | ChatModel:
        if self.agent is None:
            raise AdapterNotFoundError(
                f"{self!r} is no agent; give a function that calls it with what it takes, e.g. "
                "lambda question: model.predict(question) or lambda **inputs: model.predict(inputs)"
            )
        return self.agent

    def unwrap_python_model(self) -> Any:
        """Return the agent, `PythonModel` or function itself; a native agent as `spanloom.wrap` wraps it."""
        return self._implementation.python_model

    def __repr__(self) -> str:
        task = self.metadata.task
        return f"<PyFuncModel {self.metadata.model_id}{f' ({task})' if task else ''}>"

    def _checked(self, data: Any, params: dict[str, Any] | None) -> dict[str, Any] | None:
        signature = self.metadata.signature
        if signature is None or isinstance(self._implementation, AgentModel):  # agents check their requests themselves
            return params
        if not self.metadata.is_signature_from_type_hint:  # else pydantic does
            check_input(signature.inputs, data)
        return check_params(signature.params, params)
