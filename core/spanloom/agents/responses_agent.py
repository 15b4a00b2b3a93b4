"""The standard agent: what people subclass and what `spanloom.wrap` returns."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

from spanloom.agents.background import iterate_sync, run_sync
from spanloom.agents.dressing import DRESSINGS
from spanloom.agents.requests import request_of
from spanloom.errors import AgentError
from spanloom.schemas.reduce import StreamReducer
from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.schemas.responses import ResponsesAgentResponse, validate_response
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent

__all__ = ["ResponsesAgent"]


class ResponsesAgent:
    """An agent that speaks the OpenAI Responses schema.

    Define any one of `predict`, `predict_stream`, `apredict` and `apredict_stream` (or several); the others are
    derived from it. Each takes one `ResponsesAgentRequest` in the subclass, and is called with a request, a dict, or
    keyword arguments. Responses and events may be given as dicts; they are validated. Every call is traced as an AGENT
    span. A stream ends with one `response.completed`, `response.incomplete` or `response.failed`; after the last, the
    agent's exception is raised.

    Attributes:
        name: What the agent is called in traces; its class's name by default.

    Example:
        >>> class Echo(spanloom.ResponsesAgent):
        ...     def predict(self, request):
        ...         text = request.input_items()[-1].content
        ...         return {"output": [create_text_output_item(text, "msg_1")]}
        >>> Echo().predict(input="hi").output_text
        'hi'
    """

    name: str = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.name = cls.__dict__.get("name") or cls.__name__
        for method, dress in DRESSINGS.items():
            if method in vars(cls):
                setattr(cls, method, dress(vars(cls)[method]))

    # `*args, **kwargs` of type Any: to type checkers, a subclass may narrow them to its one request.

    def predict(self, *args: Any, **kwargs: Any) -> ResponsesAgentResponse:
        """Answer a request.

        Raises:
            SchemaError: If the request or the agent's response does not fit; the message names every field path.
        """
        request = request_of(args, kwargs)
        if self._defines("predict_stream"):
            return _reduce(self.predict_stream(request))
        if self._defines("apredict"):
            return run_sync(self.apredict(request))
        if self._defines("apredict_stream"):
            return run_sync(_areduce(self.apredict_stream(request)))
        raise self._defines_nothing()

    def predict_stream(self, *args: Any, **kwargs: Any) -> Iterator[ResponsesAgentStreamEvent]:
        """Answer a request as a stream of events. Closing the stream stops the agent.

        Raises:
            SchemaError: If the request or an event does not fit; the message names every field path.
        """
        request = request_of(args, kwargs)
        if self._defines("apredict_stream"):
            return iterate_sync(self.apredict_stream(request))
        if self._defines("predict"):
            return iter(_events(self.predict(request)))
        if self._defines("apredict"):
            return iter(_events(run_sync(self.apredict(request))))
        raise self._defines_nothing()

    async def apredict(self, *args: Any, **kwargs: Any) -> ResponsesAgentResponse:
        """Answer a request, asynchronously. A synchronous agent runs in a thread.

        Raises:
            SchemaError: If the request or the agent's response does not fit; the message names every field path.
        """
        request = request_of(args, kwargs)
        if self._defines("apredict_stream"):
            return await _areduce(self.apredict_stream(request))
        if self._defines("predict") or self._defines("predict_stream"):
            return await asyncio.to_thread(self.predict, request)
        raise self._defines_nothing()

    async def apredict_stream(self, *args: Any, **kwargs: Any) -> AsyncIterator[ResponsesAgentStreamEvent]:
        """Answer a request as an asynchronous stream of events. A synchronous agent runs in a thread.

        Raises:
            SchemaError: If the request or an event does not fit; the message names every field path.
        """
        request = request_of(args, kwargs)
        if self._defines("predict_stream"):
            stream = self.predict_stream(request)
            try:
                while (event := await asyncio.to_thread(next, stream, None)) is not None:
                    yield event
            finally:
                await asyncio.to_thread(stream.close)  # type: ignore[attr-defined] # the traced proxy has it
        else:
            for event in _events(await self.apredict(request)):
                yield event

    def _defines(self, method: str) -> bool:
        return getattr(type(self), method) is not getattr(ResponsesAgent, method)

    def _defines_nothing(self) -> AgentError:
        return AgentError(f"{type(self).__qualname__} must define one of {', '.join(DRESSINGS)}")


def _reduce(stream: Iterator[ResponsesAgentStreamEvent]) -> ResponsesAgentResponse:
    reducer = StreamReducer()
    for event in stream:
        reducer.add(event)
    return validate_response(reducer.body())


async def _areduce(stream: AsyncIterator[ResponsesAgentStreamEvent]) -> ResponsesAgentResponse:
    reducer = StreamReducer()
    try:
        async for event in stream:
            reducer.add(event)
    finally:
        await stream.aclose()  # type: ignore[attr-defined] # a proxy or a generator; a cancelled run must stop
    return validate_response(reducer.body())


def _events(response: ResponsesAgentResponse) -> list[ResponsesAgentStreamEvent]:
    """Write a whole response as the stream it would have been."""
    fields = response.model_dump(exclude_none=True)
    output, status = fields.pop("output"), fields.pop("status", None) or "completed"
    builder = ResponseStreamBuilder(**fields)
    events = builder.start()
    for item in output:
        events += builder.item(item)
    return events + builder.finish(status)
