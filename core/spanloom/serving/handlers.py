"""`@invoke()` and `@stream()`: functions as agents, registered by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from spanloom.agents.responses_agent import ResponsesAgent

__all__ = [
    "DEFAULT_NAME",
    "Handlers",
    "get_invoke_function",
    "get_stream_function",
    "invoke",
    "is_async",
    "registered",
    "responses_agent_of",
    "stream",
]

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])

DEFAULT_NAME = "agent"
"""What an agent is called whose handlers name none; such a server answers to any model's name."""


@dataclass
class Handlers:
    """The functions that make up one agent.

    Attributes:
        name: Of the agent.
        invoke: Takes a request and returns a response, synchronously or not.
        stream: Takes a request and yields events, likewise.
    """

    name: str
    invoke: Callable[..., Any] | None = None
    stream: Callable[..., Any] | None = None


registered: dict[str, Handlers] = {}
"""By name, in the order of registration."""


def invoke(name: str = DEFAULT_NAME) -> Callable[[FunctionT], FunctionT]:
    """Register the function that answers requests. It may be synchronous: then it runs in a thread of its own.

    With `AgentServer("ResponsesAgent")` it takes a `ResponsesAgentRequest` and returns a `ResponsesAgentResponse` or a
    dict; with `AgentServer()` it takes and returns JSON values.

    Args:
        name: Which agent it belongs to, where a server has several.

    Raises:
        ValueError: If the agent has such a function already.

    Example:
        >>> @invoke()
        ... def answer(request):
        ...     return {"output": [create_text_output_item("hi", "msg_1")]}
    """
    return _register("invoke", name)


def stream(name: str = DEFAULT_NAME) -> Callable[[FunctionT], FunctionT]:
    """Register the generator function that streams answers, asynchronous or not; see `invoke`.

    Raises:
        ValueError: If the agent has such a function already.
    """
    return _register("stream", name)


def _register(role: str, name: str) -> Callable[[FunctionT], FunctionT]:
    if not isinstance(name, str):
        raise TypeError(f"@{role} takes the agent's name, or nothing: write @{role}() above the function")

    def decorate(function: FunctionT) -> FunctionT:
        handlers = registered.setdefault(name, Handlers(name))
        present = getattr(handlers, role)
        if present is not None and _place(present) != _place(function):
            raise ValueError(
                f"agent {name!r} has an @{role} function already, {present.__qualname__}; "
                f"a second agent needs a name of its own: @{role}(name='…')"
            )
        setattr(handlers, role, function)
        return function

    return decorate


def _place(function: Callable[..., Any]) -> object:
    """Return where a function is written: a script that is imported again registers the same one again."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    return (code.co_filename, code.co_firstlineno) if code is not None else function


def get_invoke_function(name: str = DEFAULT_NAME) -> Callable[..., Any] | None:
    """Return the function that `@invoke()` registered, or `None`."""
    return registered[name].invoke if name in registered else None


def get_stream_function(name: str = DEFAULT_NAME) -> Callable[..., Any] | None:
    """Return the function that `@stream()` registered, or `None`."""
    return registered[name].stream if name in registered else None


def responses_agent_of(handlers: Handlers) -> ResponsesAgent:
    """Return the agent that the functions make up; what is not there is derived from the other one."""
    methods: dict[str, Any] = {"name": handlers.name}
    if handlers.invoke is not None:
        methods["apredict" if is_async(handlers.invoke) else "predict"] = _method(handlers.invoke)
    if handlers.stream is not None:
        methods["apredict_stream" if is_async(handlers.stream) else "predict_stream"] = _method(handlers.stream)
    agent: ResponsesAgent = type("HandlerAgent", (ResponsesAgent,), methods)()
    return agent


def is_async(function: Callable[..., Any]) -> bool:
    """Whether calling the function gives something to await, or to iterate over asynchronously."""
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def _method(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda _self, request: function(request)
