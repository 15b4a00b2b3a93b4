"""Observing LiteLLM's streams. Their classes are many, and each call returns one object for both kinds of iteration."""

from __future__ import annotations

from typing import Any

from spanloom.instrument import StreamReader
from spanloom.instrument.observation import Observation
from spanloom.tracing import attributes
from spanloom.tracing.guard import guard
from spanloom.tracing.span import Span
from spanloom.tracing.streams import TracedAsyncIterator, TracedIterator
from spanloom_autolog.clients.fields import field
from spanloom_autolog.litellm.providers import provider_name

__all__ = ["observe_stream"]


def observe_stream(result: Any, observation: Observation, reader: StreamReader) -> Any | None:
    """Return the proxy around a stream; `None` where the result is none."""
    kind = type(result)
    iterates, iterates_async = hasattr(kind, "__next__"), hasattr(kind, "__anext__")
    fold = _StreamFold(observation, reader, result)
    if iterates and iterates_async:
        return EitherIterator(result, observation.span, fold)
    if iterates:
        return TracedIterator(result, observation.span, fold)
    return TracedAsyncIterator(result, observation.span, fold) if iterates_async else None


class EitherIterator(TracedIterator, TracedAsyncIterator):  # type: ignore[misc]  # the steps differ on purpose
    """The proxy of a stream that can be iterated both ways, e.g. `CustomStreamWrapper`."""

    __slots__ = ()

    async def __anext__(self) -> Any:
        step = TracedAsyncIterator._step  # noqa: SLF001 - a base class
        return await step(self, self._iterator.__anext__)  # type: ignore[attr-defined]

    def __setattr__(self, name: str, value: Any) -> None:
        # The Router writes headers and the like on the stream that it passes on.
        if name in _OWN:
            super().__setattr__(name, value)
        else:
            setattr(self._iterator, name, value)


_OWN = frozenset({"_fold", "_inside", "_iterator", "_seen", "_span"})


class _StreamFold:
    """Puts on the span what the chunks gave, and what the stream itself knows of it."""

    __slots__ = ("_observation", "_reader", "_stream")

    def __init__(self, observation: Observation, reader: StreamReader, stream: Any) -> None:
        self._observation = observation
        self._reader = reader
        self._stream = stream

    def add(self, chunk: Any) -> None:
        self._reader.add(chunk)

    def finish(self, span: Span) -> None:
        result, provider = self._reader.result(), field(self._stream, "custom_llm_provider")
        if provider == _CACHE:
            # No model was asked: the tokens are those of the first time.
            self._observation.record(result._replace(usage=None))
            span.set_attribute(attributes.TOTAL_COST, 0.0)
            return
        self._observation.record(result)
        with guard("litellm: provider of a stream"):
            if isinstance(provider, str):
                span.set_attribute(attributes.PROVIDER, provider_name(provider))
        with guard("litellm: cost of a stream"):
            cost = _cost(self._stream, result)
            if cost is not None:
                span.set_attribute(attributes.TOTAL_COST, cost)


_CACHE = "cached_response"
"""What LiteLLM calls the provider of a stream that its cache has."""


def _cost(stream: Any, result: Any) -> float | None:
    """Return what a stream cost: LiteLLM works it out too late for the span, in its logging thread."""
    usage = field(result, "usage")
    if not usage:
        return None
    cost = field(usage, "cost")
    if cost is None:
        # A text completion's stream stands around the one that has the logging object.
        logging = field(stream, "logging_obj") or field(field(stream, "completion_stream"), "logging_obj")
        if logging is None:
            return None
        cost = logging._response_cost_calculator(result=_response(result))  # noqa: SLF001 - knows the Router's prices
    return float(cost) if isinstance(cost, int | float) else None


def _response(result: Any) -> Any:
    from litellm import ModelResponse
    from pydantic import BaseModel

    return result if isinstance(result, BaseModel) else ModelResponse(model=result.model, usage=result.usage)
