"""`spanloom.wrap`: finding the adapter that knows an object."""

from __future__ import annotations

import asyncio
import dataclasses
import difflib
import inspect
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Literal, overload
from weakref import WeakValueDictionary

from spanloom.agents.adapter import Adapter, InputFunction, OutputFunction
from spanloom.agents.chat_agent import ChatAgent
from spanloom.agents.chat_model import ChatModel
from spanloom.agents.conversations import ConversationStore, MemoryConversations
from spanloom.agents.loaded import agent_of
from spanloom.agents.native_agent import NativeAgent
from spanloom.agents.responses_agent import ResponsesAgent
from spanloom.agents.views import as_chat_agent, as_responses_agent
from spanloom.agents.wrapped_agent import WrappedAgent, WrappedChatAgent
from spanloom.discovery import entry_points, load
from spanloom.errors import AdapterNotFoundError, AgentError
from spanloom.tracing.guard import guard

__all__ = ["find_adapters", "wrap"]

GROUP = "spanloom.adapters"
_SCHEMAS: dict[str, type[WrappedAgent | WrappedChatAgent]] = {"responses": WrappedAgent, "chat": WrappedChatAgent}


@overload
def wrap(
    obj: Any = None,
    schema: Literal["responses"] = "responses",
    *,
    name: str | None = None,
    factory: Callable[[], Any] | None = None,
    input_fn: InputFunction | None = None,
    output_fn: OutputFunction | None = None,
    timeout: float | None = None,
    max_concurrency: int | None = None,
    conversations: ConversationStore | None = None,
    **options: Any,
) -> ResponsesAgent: ...
@overload
def wrap(
    obj: Any = None,
    schema: Literal["chat"] = ...,
    *,
    name: str | None = None,
    factory: Callable[[], Any] | None = None,
    input_fn: InputFunction | None = None,
    output_fn: OutputFunction | None = None,
    timeout: float | None = None,
    max_concurrency: int | None = None,
    conversations: ConversationStore | None = None,
    **options: Any,
) -> ChatAgent: ...
def wrap(
    obj: Any = None,
    schema: str = "responses",
    *,
    name: str | None = None,
    factory: Callable[[], Any] | None = None,
    input_fn: InputFunction | None = None,
    output_fn: OutputFunction | None = None,
    timeout: float | None = None,
    max_concurrency: int | None = None,
    conversations: ConversationStore | None = None,
    **options: Any,
) -> ResponsesAgent | ChatAgent:
    """Return any native agent as a standard agent.

    A standard agent of this schema, also one that `load_model` gave, is returned as it is, one of another schema is
    converted.

    Requests that name the same `context.conversation_id` are one conversation, answered one after the other; all
    others share nothing.

    Args:
        obj: The agent: an instance of what one of the installed adapters knows.
        schema: `responses` for a `ResponsesAgent`, `chat` for a `ChatAgent`.
        name: Name of the agent, by default its own or that of its class.
        factory: Makes a new agent for each request, instead of `obj`: for agents that can't serve two at once.
        input_fn: Makes the native input out of a `ResponsesAgentRequest`, where the adapter's own way does not fit.
        output_fn: Makes text or output items out of the native result, likewise; nothing is streamed then.
        timeout: Seconds that a run may take.
        max_concurrency: Requests that run at once; further ones wait. One, for agents that can't serve more.
        conversations: Where conversations are kept that the agent does not keep itself; in memory by default.
        options: Options of the framework's adapter.

    Raises:
        AdapterNotFoundError: If no adapter knows the object.
        AgentError: If a class was given instead of an instance, or an option is wrong.

    Example:
        >>> agent = spanloom.wrap(graph)
        >>> agent.predict({"input": "What is the weather in Paris?"}).output_text
        'Sunny, 21 degrees.'
    """
    _check(obj, schema, factory, timeout, max_concurrency)
    obj = agent_of(obj)
    if isinstance(obj, ResponsesAgent | ChatAgent | ChatModel):
        return as_responses_agent(obj) if schema == "responses" else as_chat_agent(obj)
    sample = obj if factory is None else factory()
    adapter = _adapter_for(sample)
    runner = NativeAgent(
        make=factory or (lambda: obj),
        adapter=adapter,
        name=name or _name_of(sample),
        options=_options(adapter, options),
        conversations=conversations or MemoryConversations(),
        input_fn=input_fn,
        output_fn=output_fn,
        timeout=timeout,
        slots=_slots(sample, max_concurrency, shared=factory is None and not adapter.reentrant(sample)),
    )
    return _SCHEMAS[schema](runner)


def _check(
    obj: Any, schema: str, factory: Callable[[], Any] | None, timeout: float | None, max_concurrency: int | None
) -> None:
    if schema not in _SCHEMAS:
        raise AgentError(f"wrap(schema={schema!r}): expected 'responses' or 'chat'")
    if (obj is None) == (factory is None):
        raise AgentError("wrap() takes an agent, or wrap(factory=…) a function that makes one; one of the two")
    if inspect.isclass(obj):
        raise AgentError(f"wrap() takes an agent, not its class: make an instance first, wrap({obj.__qualname__}(...))")
    if timeout is not None and timeout <= 0:
        raise AgentError(f"wrap(timeout={timeout!r}): expected seconds, more than 0")
    if max_concurrency is not None and max_concurrency < 1:
        raise AgentError(f"wrap(max_concurrency={max_concurrency!r}): expected 1 or more")


_taken: WeakValueDictionary[int, asyncio.Semaphore] = WeakValueDictionary()
"""The one slot of each agent that can't serve two requests at once, by its id, however often it was wrapped."""


def _slots(sample: Any, max_concurrency: int | None, *, shared: bool) -> asyncio.Semaphore | None:
    if max_concurrency is not None:
        return asyncio.Semaphore(max_concurrency)
    # Who holds the slot holds the agent, so that its id is not used again.
    return _taken.setdefault(id(sample), asyncio.Semaphore(1)) if shared else None


def _options(adapter: Adapter[Any], given: dict[str, Any]) -> Any:
    fields = {field.name: field for field in dataclasses.fields(adapter.options)}
    for option in given:
        if option not in fields:
            near = difflib.get_close_matches(option, fields, n=1)
            hint = f"did you mean {near[0]!r}? " if near else ""
            listed = ", ".join(f"{name}: {field.type}" for name, field in fields.items()) or "none"
            raise AgentError(f"the adapter {adapter.name!r} has no option {option!r}; {hint}its options: {listed}")
    try:
        return adapter.options(**given)
    except (TypeError, ValueError) as error:
        raise AgentError(f"wrap() of {adapter.name}: {error}") from error


def _name_of(obj: Any) -> str:
    for name in (getattr(obj, "name", None), getattr(obj, "__name__", None)):
        if isinstance(name, str) and name:
            return name
    return type(obj).__name__


@lru_cache(maxsize=1)
def find_adapters() -> dict[str, Adapter[Any]]:
    """Return every adapter by its entry point's name; one that can't be loaded is left out (and reported once)."""
    adapters: dict[str, Adapter[Any]] = {}
    for name, reference in sorted(entry_points().get(GROUP, {}).items()):
        with guard(f"{name}: loading the adapter"):
            adapters[name] = load(reference)
    return adapters


def _adapter_for(obj: Any) -> Adapter[Any]:
    adapters = find_adapters()
    bases = obj.__class__.__mro__  # for a proxy, such as a traced generator function: what it stands for
    names = [f"{kind.__module__}.{kind.__qualname__}" for kind in bases]
    if callable(obj):
        names.append("collections.abc.Callable")  # in no MRO, and the least of what an agent may be
    for name in names:
        for adapter in adapters.values():
            if name in adapter.targets:
                return adapter
    kind = type(obj)
    supported = "; ".join(f"{adapter.name}: {', '.join(sorted(adapter.targets))}" for adapter in adapters.values())
    raise AdapterNotFoundError(
        f"no adapter knows {kind.__module__}.{kind.__qualname__}. Supported: {supported}. "
        "For another framework, subclass spanloom.ResponsesAgent, or write a spanloom.agents.Adapter and register it "
        "under the entry-point group 'spanloom.adapters'"
    )
