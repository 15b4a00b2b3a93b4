"""One scenario with one adapter, asked in one way."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import Any, NamedTuple, Self

from spanloom.agents import wrap
from spanloom.schemas.chat_reduce import ChatAgentReducer
from spanloom.schemas.converters.responses_to_chat_agent import request_to_chat_agent
from spanloom.schemas.responses import ResponsesAgentRequest
from spanloom.testing.adapter_conformance.answer import Answer, Part, chat_answer, chat_parts, responses_answer
from spanloom.testing.adapter_conformance.driver import AdapterDriver, NativeSpec
from spanloom.testing.fresh_state import fresh_state
from spanloom.testing.grammar import check_events
from spanloom.testing.provider.received import ReceivedRequest
from spanloom.testing.provider.replies import ErrorReply, Reply
from spanloom.testing.provider.server import ProviderServer

__all__ = ["Case", "Way"]

AnyReply = Reply | ErrorReply


class Way(NamedTuple):
    """How agents are asked."""

    schema: str
    asynchronous: bool
    streaming: bool

    def __str__(self) -> str:
        method = ("a" if self.asynchronous else "") + "predict" + ("_stream" if self.streaming else "")
        return f"{self.schema}-{method}"


class Case:
    """What a scenario works with.

    Attributes:
        driver: The framework's driver.
        way: How agents are asked.
        events: The events or chunks of the last answer that was streamed, also of one that failed.
    """

    def __init__(self, driver: AdapterDriver, way: Way) -> None:
        self.driver = driver
        self.way = way
        self.events: list[Any] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(fresh_state())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    def server(self, *replies: AnyReply, script: Callable[[ReceivedRequest], AnyReply] | None = None) -> ProviderServer:
        """Start a model server with replies in order, or a function of the request; it stops with the case."""
        if script is None:
            return self._stack.enter_context(ProviderServer(list(self.driver.script(replies))))
        return self._stack.enter_context(ProviderServer(lambda request: self.driver.script([script(request)])[0]))

    def agent(self, server: ProviderServer, *tools: Callable[..., Any], **wanted: Any) -> Any:
        """Build a native agent that asks the server, and wrap it.

        Args:
            server: The model.
            tools: Its tools.
            wanted: Further fields of `NativeSpec`; `wrap` takes those named `wrap_…`, without the prefix.
        """
        options = {name.removeprefix("wrap_"): wanted.pop(name) for name in list(wanted) if name.startswith("wrap_")}
        spec = NativeSpec(server.base_url, tools, **wanted)
        given = {**self.driver.options(spec), **options}
        schema: Any = self.way.schema
        return wrap(self.driver.agent(spec), schema, name=spec.name, **given)

    def ask(self, agent: Any, question: str | Sequence[Mapping[str, Any]], **fields: Any) -> Answer:
        """Ask a question (text or Responses items) in the case's way."""
        if self.way.asynchronous:
            return asyncio.run(self.ask_async(agent, question, **fields))
        request = self.request(question, **fields)
        if not self.way.streaming:
            return self._whole(agent.predict(request))
        self.events = []
        for event in agent.predict_stream(request):
            self.events.append(event)
        return self._streamed()

    async def ask_async(self, agent: Any, question: str | Sequence[Mapping[str, Any]], **fields: Any) -> Answer:
        """Likewise, inside of a running loop."""
        request = self.request(question, **fields)
        if not self.way.streaming:
            return self._whole(await agent.apredict(request))
        self.events = []
        async for event in agent.apredict_stream(request):
            self.events.append(event)
        return self._streamed()

    def request(self, question: str | Sequence[Mapping[str, Any]], **fields: Any) -> Any:
        """Return the request in the case's schema."""
        items = [{"role": "user", "content": question}] if isinstance(question, str) else list(question)
        request = ResponsesAgentRequest.model_validate({"input": items, **fields})
        return request if self.way.schema == "responses" else request_to_chat_agent(request)

    def failure(self, agent: Any, question: str | Sequence[Mapping[str, Any]], **fields: Any) -> Exception:
        """Ask, and return the exception that comes of it."""
        try:
            answer = self.ask(agent, question, **fields)
        except Exception as error:
            return error
        raise AssertionError(f"the request should have failed, not been answered with {answer.parts}")

    def expect(self, answer: Answer, *parts: Part) -> Answer:
        """Check what was said and done; for a chat agent, as far as it can tell."""
        expected = list(parts) if self.way.schema == "responses" else chat_parts(parts)
        assert answer.parts == expected, f"expected {expected}, found {answer.parts}"
        return answer

    def lacks(self, *facts: str) -> bool:
        """Tell whether the framework lacks any of these."""
        return any(fact in self.driver.lacks for fact in facts)

    def _whole(self, response: Any) -> Answer:
        body = response.model_dump(exclude_none=True)
        return responses_answer(body) if self.way.schema == "responses" else chat_answer(body)

    def _streamed(self) -> Answer:
        if self.way.schema == "responses":
            check_events(self.events)
            deltas = sum(event.type == "response.output_text.delta" for event in self.events)
            return responses_answer(self.events[-1].response, deltas)
        reducer = ChatAgentReducer()
        for chunk in self.events:
            reducer.add(chunk)
        return chat_answer(reducer.body(), sum(bool(chunk.delta.content) for chunk in self.events))
