"""CPU of a long answer and time to the first text: a framework's own stream, or the same behind `spanloom.wrap`.

    python -m measurements.adapter_events DRIVER server
    python -m measurements.adapter_events DRIVER native|wrapped BASE_URL

The agent is that of the adapter's conformance driver; the model server is another process, so its CPU is not counted.
Autologging is off. The wrapped agent's own span is recorded and stored, as in any application.

A contender warms up, prints an empty line, and then answers each line of its standard input with a line of JSON: `cpu`
(read on the agents' loop, as a server does), `sync` (read by `predict_stream`, in another thread) or `first`. So the
contenders of a pair can take turns, answer by answer, each in its own process.
"""

from __future__ import annotations

import asyncio
import gc
import json
import runpy
import sys
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["NATIVES"]

_DRIVERS = Path(__file__).resolve().parents[2] / "tests" / "conformance" / "adapters" / "drivers"

_WARM_UP = 3
_WORD = "word"
_LONG, _SHORT = 500, 5
_PACE_SECONDS = 0.003
"""How long the model thinks before each word of a short answer; long ones come as fast as they are read."""


class Native(NamedTuple):
    """How a framework's own stream is read.

    Attributes:
        stream: Given the agent, the options of `wrap` and the question, yields the native events.
        says: Whether an event holds text of the answer.
    """

    stream: Callable[[Any, dict[str, Any], str], AsyncIterator[Any]]
    says: Callable[[Any], object]


def _messages(question: str) -> list[Any]:
    return [{"role": "user", "content": question}]


async def _openai(client: Any, options: dict[str, Any], question: str) -> AsyncIterator[Any]:
    async with await client.responses.create(**options, input=question, stream=True) as events:
        async for event in events:
            yield event


async def _openai_chat(client: Any, options: dict[str, Any], question: str) -> AsyncIterator[Any]:
    usage = {"include_usage": True}
    with client.chat.completions.create(
        model=options["model"], messages=_messages(question), stream=True, stream_options=usage
    ) as chunks:
        for chunk in chunks:
            yield chunk


async def _openai_agents(agent: Any, _: dict[str, Any], question: str) -> AsyncIterator[Any]:
    from agents import Runner

    async for event in Runner.run_streamed(agent, question).stream_events():
        yield event


def _langgraph(graph: Any, _: dict[str, Any], question: str) -> AsyncIterator[Any]:
    events: AsyncIterator[Any] = graph.astream(
        {"messages": _messages(question)}, stream_mode=["messages", "updates"], subgraphs=True, version="v2"
    )
    return events


def _langchain(chain: Any, _: dict[str, Any], question: str) -> AsyncIterator[Any]:
    chunks: AsyncIterator[Any] = chain.astream({"messages": _messages(question)})
    return chunks


async def _autogen(agent: Any, _: dict[str, Any], question: str) -> AsyncIterator[Any]:
    from autogen_core import CancellationToken

    await agent.on_reset(CancellationToken())  # or it would send every earlier answer, too
    async for message in agent.run_stream(task=question):
        yield message


async def _dspy(module: Any, options: dict[str, Any], question: str) -> AsyncIterator[Any]:
    import dspy  # type: ignore[import-untyped]

    with dspy.context(**options):
        async for chunk in dspy.streamify(module, is_async_program=True)(question=question):
            yield chunk


async def _llama_index(agent: Any, _: dict[str, Any], question: str) -> AsyncIterator[Any]:
    handler = agent.run(user_msg=question)
    async for event in handler.stream_events():
        yield event
    await handler


async def _pydantic_ai(agent: Any, _: dict[str, Any], question: str) -> AsyncIterator[Any]:
    async with agent.run_stream_events(question) as events:
        async for event in events:
            yield event


def _callable(function: Any, _: dict[str, Any], question: str) -> AsyncIterator[Any]:
    events: AsyncIterator[Any] = function(_messages(question))
    return events


def _is_text_delta(event: Any) -> bool:
    return bool(event.type == "response.output_text.delta")


def _says_dspy(chunk: Any) -> bool:
    # The driver's agent answers in the arguments of a tool call.
    return hasattr(chunk, "choices") and _WORD in str(chunk.choices[0].delta.tool_calls)


def _says_pydantic_ai(event: Any) -> bool:
    return _WORD in str(getattr(event, "part", getattr(event, "delta", "")))


NATIVES = {
    "openai": Native(_openai, _is_text_delta),
    "openai_chat": Native(_openai_chat, lambda chunk: chunk.choices and chunk.choices[0].delta.content),
    "openai_agents": Native(
        _openai_agents, lambda event: event.type == "raw_response_event" and _is_text_delta(event.data)
    ),
    "langgraph": Native(_langgraph, lambda part: part["type"] == "messages" and part["data"][0].text),
    "langchain": Native(_langchain, lambda chunk: chunk.text),
    "autogen": Native(_autogen, lambda message: type(message).__name__ == "ModelClientStreamingChunkEvent"),
    "dspy": Native(_dspy, _says_dspy),
    "llama_index": Native(_llama_index, lambda event: type(event).__name__ == "AgentStream" and event.delta),
    "pydantic_ai": Native(_pydantic_ai, _says_pydantic_ai),
    "callable": Native(_callable, _is_text_delta),
}
"""By the name of the driver."""


class Asked(NamedTuple):
    """A contender's ways to ask.

    Attributes:
        read: Read the whole answer to a question; return the number of events.
        read_sync: Likewise, from synchronous code.
        first: Likewise, returning the seconds until the first text.
        settle: Wait for what is still under way.
    """

    read: Callable[[str], int]
    read_sync: Callable[[str], int]
    first: Callable[[str], float]
    settle: Callable[[], object]


def _native(runner: asyncio.Runner, native: Native, agent: Any, options: dict[str, Any]) -> Asked:
    async def read(question: str) -> int:
        count = 0
        async for _ in native.stream(agent, options, question):
            count += 1
        return count

    async def first(question: str) -> float:
        begin, seconds = time.perf_counter(), None
        async for event in native.stream(agent, options, question):
            if seconds is None and native.says(event):
                seconds = time.perf_counter() - begin
        assert seconds is not None, "no event of the native stream has text"
        return seconds

    def run(question: str) -> int:
        return runner.run(read(question))

    return Asked(run, run, lambda question: runner.run(first(question)), lambda: None)


def _wrapped(agent: Any, options: dict[str, Any]) -> Asked:
    import spanloom
    from spanloom.agents.background import run_sync

    spanloom.configure(store="sqlite:///spans.db")
    standard = spanloom.wrap(agent, **options)

    async def read(question: str) -> int:
        return sum([1 async for _ in standard.apredict_stream({"input": question})])

    def read_sync(question: str) -> int:
        return sum(1 for _ in standard.predict_stream({"input": question}))

    def first(question: str) -> float:
        begin, seconds = time.perf_counter(), None
        for event in standard.predict_stream({"input": question}):
            if seconds is None and event.type == "response.output_text.delta":
                seconds = time.perf_counter() - begin
        assert seconds is not None, "no event of the wrapped stream has text"
        return seconds

    answer = standard.predict({"input": str(_LONG)}).output_text
    assert answer.split() == [_WORD] * _LONG, f"not the whole answer: {answer[:100]!r}"
    return Asked(lambda question: run_sync(read(question)), read_sync, first, spanloom.flush)


def _warm_up(asked: Asked) -> None:
    for _ in range(_WARM_UP):
        asked.read(str(_LONG))
        asked.read_sync(str(_LONG))
        asked.first(str(_SHORT))
    asked.settle()
    gc.collect()
    gc.freeze()  # what was imported is not searched for garbage again and again


def _cpu(asked: Asked) -> dict[str, float]:
    return _cpu_of(asked, asked.read)


def _sync(asked: Asked) -> dict[str, float]:
    return _cpu_of(asked, asked.read_sync)


def _cpu_of(asked: Asked, read: Callable[[str], int]) -> dict[str, float]:
    """Return the CPU of one long answer, that of all threads; storing its span counts, too."""
    begin = time.process_time()
    events = read(str(_LONG))
    asked.settle()
    return {"events": events, "seconds": time.process_time() - begin}


def _first(asked: Asked) -> dict[str, float]:
    seconds = asked.first(str(_SHORT))
    asked.settle()
    return {"seconds": seconds}


_MEASURES = {"cpu": _cpu, "sync": _sync, "first": _first}


def _serve(driver: Any) -> None:
    """Be the model, which says as many words as it is asked for, until the standard input ends."""
    from spanloom.testing import ProviderServer, Reply
    from spanloom.testing.provider.received import ReceivedRequest, last_user_text

    def reply(request: ReceivedRequest) -> Any:
        words = int(last_user_text(request.body))
        pace = _PACE_SECONDS if words == _SHORT else 0.0
        return driver.script([Reply(" ".join([_WORD] * words), delay=pace)])[0]

    with ProviderServer(reply) as server:
        print(server.base_url, flush=True)
        sys.stdin.read()


def main(name: str, part: str, base_url: str = "") -> None:
    """Be the server, or a contender."""
    driver: Any = runpy.run_path(str(_DRIVERS / f"{name}.py"))["driver"]
    if part == "server":
        _serve(driver)
        return
    from spanloom.testing.adapter_conformance import NativeSpec

    spec = NativeSpec(base_url)
    agent, options = driver.agent(spec), dict(driver.options(spec))
    with asyncio.Runner() as runner:
        asked = _native(runner, NATIVES[name], agent, options) if part == "native" else _wrapped(agent, options)
        _warm_up(asked)
        print(flush=True)
        for line in sys.stdin:
            print(json.dumps(_MEASURES[line.strip()](asked)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
