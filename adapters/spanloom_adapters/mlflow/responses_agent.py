"""A standard agent behind MLflow's interface."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from typing import NoReturn

from mlflow.pyfunc import ResponsesAgent
from mlflow.types.responses import (
    ResponsesAgentRequest,
    ResponsesAgentResponse,
    ResponsesAgentStreamEvent,
)

import spanloom
from spanloom.errors import ModelError

__all__ = ["MlflowResponsesAgent"]


class MlflowResponsesAgent(ResponsesAgent):  # type: ignore[misc,unused-ignore] # of type Any where MLflow is missing
    """An agent of spanloom's for MLflow. Both trace a call, each into its own store.

    Args:
        agent: The agent.
    """

    def __init__(self, agent: spanloom.ResponsesAgent) -> None:
        self.agent = agent

    def predict(self, request: ResponsesAgentRequest) -> ResponsesAgentResponse:
        """Answer a request."""
        response = self.agent.predict(request.model_dump(exclude_none=True))
        return ResponsesAgentResponse(**response.model_dump(exclude_none=True))

    def predict_stream(self, request: ResponsesAgentRequest) -> Generator[ResponsesAgentStreamEvent, None, None]:
        """Answer a request as a stream of events. Closing it stops the agent."""
        with closing(self.agent.predict_stream(request.model_dump(exclude_none=True))) as stream:  # type: ignore[type-var] # a proxy or a generator
            for event in stream:
                yield ResponsesAgentStreamEvent(**event.model_dump(exclude_none=True))

    def __reduce__(self) -> NoReturn:
        raise ModelError(
            "an agent can't be pickled: it may hold connections, locks and an event loop. Write a script that ends "
            "with mlflow.models.set_model(to_mlflow(agent)), and give its path: log_model(python_model='agent.py')"
        )

    def __repr__(self) -> str:
        return f"<MlflowResponsesAgent {self.agent!r}>"
