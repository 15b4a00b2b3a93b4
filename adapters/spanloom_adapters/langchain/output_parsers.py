"""Runnables that end a chain: what it gives becomes a standard schema, as plain dicts.

`invoke` and `ainvoke` give a whole response. `stream` and `astream` give its chunks as they come: also calls of tools,
and at the end why the model stopped and what it used. The names are MLflow's (`mlflow.langchain.output_parsers`).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

from langchain_core.messages import BaseMessage
from langchain_core.output_parsers import BaseTransformOutputParser
from langchain_core.outputs import ChatGeneration, Generation
from langchain_core.runnables import Runnable, RunnableConfig, RunnableSequence

from spanloom.agents.reading import read_async_stream, read_stream, read_whole
from spanloom.schemas.converters.responses_to_chat_agent import ChatAgentChunker, response_to_chat_agent
from spanloom.schemas.converters.responses_to_chat_completion import (
    ChatCompletionChunker,
    response_to_chat_completion,
)
from spanloom.schemas.responses import ResponsesAgentResponse
from spanloom.schemas.stream_event import ResponsesAgentStreamEvent
from spanloom_adapters.langchain.parsing import make_answer

__all__ = [
    "ChatAgentOutputParser",
    "ChatCompletionOutputParser",
    "ResponsesAgentOutputParser",
    "StringResponseOutputParser",
    "without_output_parser",
]

Dicts = list[dict[str, Any]]


class _StandardOutputParser(BaseTransformOutputParser[dict[str, Any]]):
    """Takes text, messages, and whatever else a chain gives."""

    def parse(self, text: str) -> dict[str, Any]:
        """Return the response that consists of a text."""
        return self._read(text)

    def parse_result(self, result: list[Generation], *, partial: bool = False) -> dict[str, Any]:  # noqa: ARG002 - the base class's
        """Return the response that consists of a model's first answer."""
        return self._read(result[0].message if isinstance(result[0], ChatGeneration) else result[0].text)

    def invoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> dict[str, Any]:  # noqa: A002, ARG002 - same
        """Return the response that consists of what the chain gave."""
        return self._call_with_config(self._read, input, config, run_type="parser")

    async def ainvoke(self, input: Any, config: RunnableConfig | None = None, **kwargs: Any) -> dict[str, Any]:  # noqa: A002, ARG002 - same
        """Return the same."""

        async def read(native: Any) -> dict[str, Any]:
            return self._read(native)

        return await self._acall_with_config(read, input, config, run_type="parser")

    def _transform(self, input: Iterator[str | BaseMessage]) -> Iterator[dict[str, Any]]:  # noqa: A002 - same
        chunks_of = self._chunker()
        for event in read_stream(make_answer, input):
            yield from chunks_of(event)

    async def _atransform(self, input: AsyncIterator[str | BaseMessage]) -> AsyncIterator[dict[str, Any]]:  # noqa: A002 - same
        chunks_of = self._chunker()
        async for event in read_async_stream(make_answer, input):
            for chunk in chunks_of(event):
                yield chunk

    def _read(self, native: Any) -> dict[str, Any]:
        return self._whole(read_whole(make_answer, [native]))

    @abstractmethod
    def _whole(self, response: ResponsesAgentResponse) -> dict[str, Any]:
        """Return the response in the parser's schema."""

    @abstractmethod
    def _chunker(self) -> Callable[[ResponsesAgentStreamEvent], Dicts]:
        """Return what makes chunks of one stream's events."""


class ResponsesAgentOutputParser(_StandardOutputParser):
    """Ends a chain that gives `ResponsesAgentResponse`, and the events of one when it is streamed.

    Example:
        >>> (prompt | model | ResponsesAgentOutputParser()).invoke({"topic": "roses"})["output"][0]["type"]
        'message'
    """

    @property
    def _type(self) -> str:
        return "spanloom_responses_agent"

    def _whole(self, response: ResponsesAgentResponse) -> dict[str, Any]:
        return response.model_dump(exclude_none=True)

    def _chunker(self) -> Callable[[ResponsesAgentStreamEvent], Dicts]:
        return lambda event: [event.model_dump(exclude_none=True)]


class ChatAgentOutputParser(_StandardOutputParser):
    """Ends a chain that gives `ChatAgentResponse`, and `ChatAgentChunk` when it is streamed.

    Example:
        >>> (prompt | model | ChatAgentOutputParser()).invoke({"topic": "roses"})["messages"][0]["content"]
        'Roses are red.'
    """

    @property
    def _type(self) -> str:
        return "spanloom_chat_agent"

    def _whole(self, response: ResponsesAgentResponse) -> dict[str, Any]:
        return response_to_chat_agent(response).model_dump(exclude_none=True)

    def _chunker(self) -> Callable[[ResponsesAgentStreamEvent], Dicts]:
        chunker = ChatAgentChunker()
        return lambda event: [chunk.model_dump(exclude_none=True) for chunk in chunker.add(event)]


class ChatCompletionOutputParser(_StandardOutputParser):
    """Ends a chain that gives `ChatCompletionResponse`, and `ChatCompletionChunk` when it is streamed.

    Example:
        >>> chain = prompt | model | ChatCompletionOutputParser()
        >>> chain.invoke({"topic": "roses"})["choices"][0]["message"]["content"]
        'Roses are red.'
    """

    @property
    def _type(self) -> str:
        return "spanloom_chat_completion"

    def _whole(self, response: ResponsesAgentResponse) -> dict[str, Any]:
        return response_to_chat_completion(response.model_dump(exclude_none=True))

    def _chunker(self) -> Callable[[ResponsesAgentStreamEvent], Dicts]:
        return ChatCompletionChunker(None, include_usage=True).add


class StringResponseOutputParser(_StandardOutputParser):
    """Ends a chain that gives the deprecated `StringResponse`, which has room for nothing but text.

    Example:
        >>> (prompt | model | StringResponseOutputParser()).invoke({"topic": "roses"})
        {'content': 'Roses are red.'}
    """

    @property
    def _type(self) -> str:
        return "spanloom_string_response"

    def _whole(self, response: ResponsesAgentResponse) -> dict[str, Any]:
        return {"content": response.output_text}

    def _chunker(self) -> Callable[[ResponsesAgentStreamEvent], Dicts]:
        return lambda event: [{"content": event.delta}] if event.type == "response.output_text.delta" else []


def without_output_parser(chain: Runnable[Any, Any]) -> Runnable[Any, Any]:
    """Return the chain without a parser of these at its end: an agent gives the standard schema by itself."""
    if not isinstance(chain, RunnableSequence) or not isinstance(chain.last, _StandardOutputParser):
        return chain
    steps = chain.steps[:-1]
    return steps[0] if len(steps) == 1 else RunnableSequence(*steps, name=chain.name)
