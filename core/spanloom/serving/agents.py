"""The agents that a server has, by the names that requests give as `model`."""

from __future__ import annotations

import difflib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal, NamedTuple

import spanloom
from spanloom.agents.chat_agent import ChatAgent
from spanloom.agents.chat_model import ChatModel
from spanloom.agents.conversations import SqliteConversations
from spanloom.agents.loaded import agent_of
from spanloom.agents.responses_agent import ResponsesAgent
from spanloom.agents.threads import iterate_in_thread, run_in_thread
from spanloom.agents.views import as_responses_agent
from spanloom.agents.wrapped_agent import WrappedAgent, WrappedChatAgent
from spanloom.errors import AgentError
from spanloom.serving import handlers
from spanloom.serving.handlers import Handlers
from spanloom.tracing.decorator import trace
from spanloom.tracing.labels import Labels
from spanloom.tracing.vocabulary import SpanType
from spanloom.web.errors import HttpError

__all__ = ["AgentType", "JsonAgent", "LabelledAgent", "ServedAgent", "ServedAgents"]

AgentType = Literal["ResponsesAgent"]
"""The schema that functions registered with `@invoke()` and `@stream()` speak."""

_SCHEMAS = {ResponsesAgent: "responses", ChatAgent: "chat", ChatModel: "chat_completions"}


class LabelledAgent(NamedTuple):
    """An agent whose traces say more than others, such as which saved model it is.

    Attributes:
        agent: A native or standard agent, or registered functions.
        metadata: Of each trace.
    """

    agent: Any
    metadata: Mapping[str, str]


class JsonAgent:
    """Functions that take and return any JSON value: no schema is checked."""

    def __init__(self, handlers: Handlers) -> None:
        self.name = handlers.name
        self._handlers = handlers

    async def apredict(self, data: Any) -> Any:
        """Call the `@invoke()` function."""
        function = self._handlers.invoke
        if function is None:
            raise HttpError(400, f"agent {self.name!r} only streams: set 'stream' to true", param="stream")
        traced = _traced(function)
        if handlers.is_async(function):
            return await traced(data)
        return await run_in_thread(traced, data)

    def apredict_stream(self, data: Any) -> AsyncIterator[Any]:
        """Iterate over what the `@stream()` function yields."""
        function = self._handlers.stream
        if function is None:
            raise HttpError(400, f"agent {self.name!r} does not stream: leave out 'stream'", param="stream")
        traced = _traced(function)
        if handlers.is_async(function):
            stream: AsyncIterator[Any] = traced(data)
            return stream
        return iterate_in_thread(lambda: traced(data))


@cache  # once for each function, not for each request
def _traced(function: Callable[..., Any]) -> Callable[..., Any]:
    traced: Callable[..., Any] = trace(function, span_type=SpanType.AGENT)
    return traced


_NO_LABELS = Labels()


@dataclass(frozen=True)
class ServedAgent:
    """An agent that a server has.

    Attributes:
        name: What requests call it.
        agent: The agent, in the schema that it speaks.
        labels: What its traces say.
    """

    name: str
    agent: ResponsesAgent | ChatAgent | ChatModel | JsonAgent
    labels: Labels = _NO_LABELS

    @property
    def responses(self) -> ResponsesAgent:
        """The agent in the Responses schema.

        Raises:
            HttpError: 404, if it has no schema.
        """
        if isinstance(self.agent, JsonAgent):
            raise HttpError(
                404,
                f"agent {self.name!r} speaks no standard schema: use /invocations, or AgentServer('ResponsesAgent')",
            )
        return as_responses_agent(self.agent)

    @property
    def is_native(self) -> bool:
        """Whether it is a native agent that was wrapped: those keep conversations, and write well-formed streams."""
        return isinstance(self.agent, WrappedAgent | WrappedChatAgent)

    def describe(self) -> dict[str, Any]:
        """Return what `/agent/info` says about it."""
        schema = next((name for kind, name in _SCHEMAS.items() if isinstance(self.agent, kind)), "json")
        wrapped = self.agent if isinstance(self.agent, WrappedAgent | WrappedChatAgent) else None
        framework = {"framework": wrapped.runner.adapter.name} if wrapped is not None else {}
        return {"name": self.name, "agent_api": schema, **framework}


class ServedAgents:
    """The agents that were given, or else those that `@invoke()` and `@stream()` registered so far.

    Args:
        given: Native or standard agents by name.
        agent_type: The schema of registered functions; `None`: none.
        state: See `ServerSettings`.

    Raises:
        AgentError: If an agent can't be served.
    """

    def __init__(
        self, given: Mapping[str, Any] | None, agent_type: AgentType | None = None, state: str | None = None
    ) -> None:
        if agent_type not in {None, "ResponsesAgent"}:
            raise AgentError(f"AgentServer({agent_type!r}): expected 'ResponsesAgent', or nothing for any JSON")
        self._agent_type = agent_type
        self._given = None if given is None else {name: _served(name, agent, state) for name, agent in given.items()}
        self._registered: dict[str, ServedAgent] = {}

    @property
    def are_native(self) -> bool:
        """Whether all of them are native agents, which never block the event loop they run on."""
        return all(served.is_native for served in self.by_name().values())

    def by_name(self) -> dict[str, ServedAgent]:
        """Return all."""
        if self._given is not None:
            return self._given
        for name, functions in handlers.registered.items():
            if name not in self._registered:
                agent = JsonAgent(functions) if self._agent_type is None else handlers.responses_agent_of(functions)
                self._registered[name] = ServedAgent(name, agent)
        return self._registered

    def find(self, model: Any) -> ServedAgent:
        """Return the agent that a request's `model` names; where there is only one, it may be left out.

        Raises:
            HttpError: 404 if there is no such agent, 400 if it must be named, 500 if there are none at all.
        """
        agents = self.by_name()
        if not agents:
            raise HttpError(500, "this server has no agent: no function was registered with @invoke() or @stream()")
        if len(agents) == 1:
            [only] = agents.values()
            if model is None or only.name == handlers.DEFAULT_NAME:
                return only
        if model is None:
            raise HttpError(400, f"model: should name an agent, one of {_listed(agents)}", param="model")
        found = agents.get(model) if isinstance(model, str) else None
        if found is None:
            raise HttpError(404, _unknown(model, agents), code="model_not_found", param="model")
        return found


def _served(name: str, agent: Any, state: str | None) -> ServedAgent:
    if isinstance(agent, LabelledAgent):
        return replace(_served(name, agent.agent, state), labels=Labels(metadata=agent.metadata))
    agent = agent_of(agent)
    conversations = SqliteConversations(state) if state is not None else None
    if isinstance(agent, WrappedAgent | WrappedChatAgent) and conversations is not None:
        return ServedAgent(name, type(agent)(replace(agent.runner, conversations=conversations)))
    if isinstance(agent, ResponsesAgent | ChatAgent | ChatModel):
        return ServedAgent(name, agent)
    if isinstance(agent, Handlers):
        return ServedAgent(name, JsonAgent(agent))
    return ServedAgent(name, spanloom.wrap(agent, name=name, conversations=conversations))


def _unknown(model: Any, agents: Mapping[str, ServedAgent]) -> str:
    near = difflib.get_close_matches(str(model), agents, n=1)
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"there is no agent {str(model)[:100]!r}; {hint}this server has {_listed(agents)}"


def _listed(agents: Mapping[str, ServedAgent]) -> str:
    return ", ".join(repr(name) for name in agents)
