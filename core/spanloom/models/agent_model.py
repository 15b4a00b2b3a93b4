"""Calling a standard agent with plain data."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, closing
from typing import Any, Final

from spanloom.agents.chat_agent import ChatAgent
from spanloom.agents.chat_model import ChatModel
from spanloom.agents.responses_agent import ResponsesAgent
from spanloom.errors import SchemaError
from spanloom.models.frames import single_row

__all__ = ["TASKS", "AgentModel"]

TASKS: Final = {ResponsesAgent: "agent/v1/responses", ChatAgent: "agent/v2/chat", ChatModel: "agent/v1/chat"}
"""What a model's metadata call each kind of agent."""


class AgentModel:
    """A standard agent that takes a request as a dict, a typed request or a row of pandas, and answers with dicts.

    Args:
        agent: The agent.
        python_model: What its author wrote, if that is another object.
    """

    streamable = True

    def __init__(self, agent: ResponsesAgent | ChatAgent | ChatModel, python_model: Any = None) -> None:
        self.agent = agent
        self.python_model = agent if python_model is None else python_model
        self.task = next(task for kind, task in TASKS.items() if isinstance(agent, kind))

    def get_raw_model(self) -> Any:
        """Return what its author wrote; MLflow asks by this name."""
        return self.python_model

    def predict(self, model_input: Any, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """Answer a request.

        Raises:
            SchemaError: If the request or the answer does not fit; the message names every field path.
        """
        return _plain(self.agent.predict(_request(model_input, params)))

    def predict_stream(self, model_input: Any, params: dict[str, Any] | None = None) -> Iterator[dict[str, Any]]:
        """Answer a request as a stream of events. Closing it stops the agent."""
        with closing(self.agent.predict_stream(_request(model_input, params))) as stream:  # type: ignore[type-var] # a proxy or a generator
            for event in stream:
                yield _plain(event)

    async def apredict(self, model_input: Any, params: dict[str, Any] | None = None) -> dict[str, Any]:
        """Answer a request."""
        return _plain(await self.agent.apredict(_request(model_input, params)))

    async def apredict_stream(
        self, model_input: Any, params: dict[str, Any] | None = None
    ) -> AsyncIterator[dict[str, Any]]:
        """Answer a request as a stream of events."""
        async with aclosing(self.agent.apredict_stream(_request(model_input, params))) as stream:  # type: ignore[type-var] # a proxy or a generator
            async for event in stream:
                yield _plain(event)


def _request(model_input: Any, params: dict[str, Any] | None) -> Any:
    if params:
        raise SchemaError(f"an agent takes no params; put them into the request: {', '.join(params)}")
    return single_row(model_input)


def _plain(answer: Any) -> dict[str, Any]:
    body: dict[str, Any] = answer.model_dump(exclude_none=True)
    return body
