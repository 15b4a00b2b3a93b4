"""What all standard agents share: define one of four methods, get the other three, validated and traced."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing
from inspect import isasyncgenfunction, iscoroutinefunction
from typing import Any, ClassVar, Generic, TypeVar

from spanloom.agents.background import iterate_sync, run_sync
from spanloom.agents.dressing import DRESSINGS, apredict_in_thread, apredict_stream_in_thread
from spanloom.agents.interface import Interface
from spanloom.errors import AgentError

__all__ = ["StandardAgent"]

ResponseT = TypeVar("ResponseT")
EventT = TypeVar("EventT")


class StandardAgent(Generic[ResponseT, EventT]):
    """The base of `ResponsesAgent`, `ChatAgent` and `ChatModel`.

    Attributes:
        name: What the agent is called in traces; its class's name by default.
        interface: The shape of its requests, responses and events.
    """

    name: str = ""
    interface: ClassVar[Interface]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.name = cls.__dict__.get("name") or cls.__name__
        _rename_asynchronous(cls)
        for method, dress in DRESSINGS.items():
            if vars(cls).get(method) not in (None, getattr(StandardAgent, method)):
                setattr(cls, method, dress(vars(cls)[method]))

    def load_context(self, context: Any) -> None:
        """Load what the agent needs (weights, indexes, configuration), once, before its first request."""

    # `*args, **kwargs` of type Any: to type checkers, a subclass may narrow them to its one request.

    def predict(self, *args: Any, **kwargs: Any) -> ResponseT:
        """Answer a request.

        Raises:
            SchemaError: If the request or the agent's response does not fit; the message names every field path.
        """
        request = self.interface.request_of(args, kwargs)
        if self._defines("predict_stream"):
            return self._reduce(self.predict_stream(request))
        if self._defines("apredict"):
            return run_sync(self.apredict(request))
        if self._defines("apredict_stream"):
            return run_sync(self._areduce(self.apredict_stream(request)))
        raise self._defines_nothing()

    def predict_stream(self, *args: Any, **kwargs: Any) -> Iterator[EventT]:
        """Answer a request as a stream of events. Closing the stream stops the agent.

        Raises:
            SchemaError: If the request or an event does not fit; the message names every field path.
        """
        request = self.interface.request_of(args, kwargs)
        if self._defines("apredict_stream"):
            return iterate_sync(self.apredict_stream(request))
        if self._defines("predict"):
            return (event for event in self.interface.events(self.predict(request)))
        if self._defines("apredict"):
            return (event for event in self.interface.events(run_sync(self.apredict(request))))
        raise self._defines_nothing()

    async def apredict(self, *args: Any, **kwargs: Any) -> ResponseT:
        """Answer a request, asynchronously. A synchronous agent runs in a thread.

        Raises:
            SchemaError: If the request or the agent's response does not fit; the message names every field path.
        """
        request = self.interface.request_of(args, kwargs)
        if self._defines("apredict_stream"):
            return await self._areduce(self.apredict_stream(request))
        if self._defines("predict"):
            response: ResponseT = await apredict_in_thread(self, request)
            return response
        if self._defines("predict_stream"):
            return await self._areduce(apredict_stream_in_thread(self, request))
        raise self._defines_nothing()

    async def apredict_stream(self, *args: Any, **kwargs: Any) -> AsyncIterator[EventT]:
        """Answer a request as an asynchronous stream of events. A synchronous agent runs in a thread.

        Raises:
            SchemaError: If the request or an event does not fit; the message names every field path.
        """
        request = self.interface.request_of(args, kwargs)
        if self._defines("predict_stream"):
            async with aclosing(apredict_stream_in_thread(self, request)) as stream:
                async for event in stream:
                    yield event
        else:
            for event in self.interface.events(await self.apredict(request)):
                yield event

    def _defines(self, method: str) -> bool:
        return getattr(type(self), method) is not getattr(StandardAgent, method)

    def _defines_nothing(self) -> AgentError:
        return AgentError(f"{type(self).__qualname__} must define one of {', '.join(DRESSINGS)}")

    def _reduce(self, stream: Iterator[EventT]) -> ResponseT:
        reducer = self.interface.reducer()
        for event in stream:
            reducer.add(event)
        response: ResponseT = self.interface.validate_response(reducer.body())
        return response

    async def _areduce(self, stream: AsyncIterator[EventT]) -> ResponseT:
        reducer = self.interface.reducer()
        try:
            async for event in stream:
                reducer.add(event)
        finally:
            await stream.aclose()  # type: ignore[attr-defined] # a proxy or a generator; a cancelled run must stop
        response: ResponseT = self.interface.validate_response(reducer.body())
        return response


def _rename_asynchronous(cls: type[StandardAgent[Any, Any]]) -> None:
    """Take `async def predict` as `apredict`, and a `predict_stream` that is an asynchronous generator likewise."""
    for method, is_asynchronous in (("predict", iscoroutinefunction), ("predict_stream", isasyncgenfunction)):
        if is_asynchronous(vars(cls).get(method)) and f"a{method}" not in vars(cls):
            setattr(cls, f"a{method}", vars(cls)[method])
            setattr(cls, method, getattr(StandardAgent, method))
