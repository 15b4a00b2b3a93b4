"""Calls of tools, at the functions that plugins name and at functions traced as TOOL."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from types import MappingProxyType
from typing import Any

from spanloom.cassettes.arguments import stable_arguments
from spanloom.cassettes.deck import Deck, current
from spanloom.cassettes.interactions import Interaction, Request
from spanloom.cassettes.making import being_made, making
from spanloom.cassettes.values import answer_of, answered, failed
from spanloom.instrument.calls import Call
from spanloom.instrument.plugin import Patch, Plugin, ToolFunction
from spanloom.tracing import attributes
from spanloom.tracing.api import start_span
from spanloom.tracing.guard import guard
from spanloom.tracing.tool_calls import interception
from spanloom.tracing.vocabulary import SpanType

__all__ = ["tool_patches", "traced_tools"]


def tool_patches(plugin: Plugin) -> tuple[Patch, ...]:
    """Return what brings the tool calls of a plugin's framework to the deck."""
    return tuple(
        Patch(tool.module, tool.target, partial(_around, tool), subclasses=tool.subclasses) for tool in plugin.tools
    )


@contextmanager
def traced_tools(deck: Deck) -> Iterator[None]:
    """Bring the calls of functions that are traced as TOOL to the deck."""
    calls = _ToolCalls(deck, opens_span=False, result=_same)

    def intercept(name: str, arguments: Mapping[str, Any], function: Callable[[], Any]) -> Any:
        return calls.call(Request("tool", name, stable_arguments(arguments)), function)

    interception.interceptor = intercept
    try:
        yield
    finally:
        interception.interceptor = None


def _around(tool: ToolFunction, function: Callable[..., Any], call: Call) -> Any:
    deck, request = current.deck, None
    with guard(f"cassettes: a call of {tool.target}"):
        name = tool.name(call)
        request = None if name is None else Request("tool", name, stable_arguments(tool.arguments(call)))
    if deck is None or request is None:
        return function(*call.args, **call.kwargs)
    result = partial(tool.result, call) if tool.result is not None else _same
    calls = _ToolCalls(deck, opens_span=tool.opens_span, result=result)
    return calls.call(request, partial(function, *call.args, **call.kwargs))


def _same(output: Any) -> Any:
    return output


class _ToolCalls:
    """Brings calls of tools to the deck, synchronous and asynchronous ones alike."""

    def __init__(self, deck: Deck, *, opens_span: bool, result: Callable[[Any], Any]) -> None:
        self._deck = deck
        self._opens_span = opens_span
        self._result = result

    def call(self, request: Request, function: Callable[[], Any]) -> Any:
        """Answer the call, or make it."""
        if _is_made_already(request):
            return function()
        if inspect.iscoroutinefunction(_unbound(function)):
            return self._acall(request, function)
        found = self._deck.answer(request)
        if found is not None:
            return self._answer_awaited(found) if found.response.get("awaited") else self._answer(found)
        interaction = self._deck.begin(request)
        with self._being_made(interaction):
            result = function()
        if inspect.isawaitable(result):
            return self._awaited(interaction, result, {"awaited": True})
        self._deck.finish(interaction, answered(result))
        return result

    async def _acall(self, request: Request, function: Callable[[], Awaitable[Any]]) -> Any:
        found = self._deck.answer(request)
        if found is not None:
            return self._answer(found)
        return await self._awaited(self._deck.begin(request), function(), {})

    async def _awaited(self, interaction: Interaction, result: Awaitable[Any], marks: dict[str, Any]) -> Any:
        with self._being_made(interaction, marks):
            value = await result
        self._deck.finish(interaction, {**answered(value), **marks})
        return value

    @contextmanager
    def _being_made(self, interaction: Interaction, marks: Mapping[str, Any] = MappingProxyType({})) -> Iterator[None]:
        try:
            with being_made(interaction):
                yield
        except Exception as error:
            self._deck.finish(interaction, {**failed(error), **marks})
            raise

    async def _answer_awaited(self, found: Interaction) -> Any:
        return self._answer(found)

    def _answer(self, found: Interaction) -> Any:
        if not self._opens_span:
            return self._given_back(found)
        with start_span(found.request.name, SpanType.TOOL, {attributes.TOOL_NAME: found.request.name}) as span:
            span.set_inputs(found.request.content)
            value = self._given_back(found)
            span.set_outputs(found.response.get("output", value))
            return value

    def _given_back(self, found: Interaction) -> Any:
        """Return what the function gives back; a trace knows only what the tool did."""
        response = found.response
        return self._result(response["output"]) if "output" in response else answer_of(response)


def _is_made_already(request: Request) -> bool:
    """Whether this is the inner half of a call that the deck has seen: `_arun` that hands over to `_run`."""
    maker = making.get()
    return maker is not None and maker.request.kind == "tool" and maker.request.key == request.key


def _unbound(function: Any) -> Any:
    while isinstance(function, partial):
        function = function.func
    return inspect.unwrap(getattr(function, "__func__", function))
