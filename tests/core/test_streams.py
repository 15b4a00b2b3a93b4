from __future__ import annotations

import asyncio
import copy
import itertools
from collections.abc import AsyncIterator, Generator, Iterator
from typing import Any

import pytest

import spanloom
from spanloom.testing.garbage import collect_garbage
from spanloom.tracing import ReadableSpan, current_span


def only_span() -> ReadableSpan:
    [trace] = spanloom.search_traces()
    [span] = trace.data.spans
    return span


@spanloom.trace
def counting(limit: int) -> Iterator[int]:
    yield from range(limit)


@spanloom.trace
async def acounting(limit: int) -> AsyncIterator[int]:
    for number in range(limit):
        yield number


def test_an_exhausted_stream_records_its_chunks() -> None:
    assert list(counting(3)) == [0, 1, 2]
    span = only_span()
    assert (span.status, span.outputs) == ("OK", [0, 1, 2])
    assert span.attributes["spanloom.time_to_first_chunk_ms"] >= 0
    assert "spanloom.stream.end" not in span.attributes


def test_an_output_reducer_makes_the_outputs() -> None:
    @spanloom.trace(output_reducer="".join)
    def words() -> Iterator[str]:
        yield from ("a", "b")

    list(words())
    assert only_span().outputs == "ab"


def test_a_stream_closed_early_ends_once_with_what_was_seen() -> None:
    stream = counting(10)
    assert list(itertools.islice(stream, 2)) == [0, 1]
    stream.close()
    stream.close()
    span = only_span()
    assert (span.status, span.outputs, span.attributes["spanloom.stream.end"]) == ("OK", [0, 1], "closed")


def test_a_stream_left_by_break_ends_when_it_is_dropped() -> None:
    for _ in counting(10):
        break
    collect_garbage()
    span = only_span()
    assert (span.outputs, span.attributes["spanloom.stream.end"]) == ([0], "abandoned")


def test_a_stream_never_iterated_ends_when_it_is_dropped() -> None:
    counting(10)
    collect_garbage()
    assert only_span().attributes["spanloom.stream.end"] == "abandoned"


def test_an_error_in_a_stream_is_recorded_with_what_came_before() -> None:
    @spanloom.trace
    def failing() -> Iterator[int]:
        yield 1
        raise RuntimeError("broken pipe")

    with pytest.raises(RuntimeError, match="broken pipe"):
        list(failing())
    span = only_span()
    assert (span.status, span.outputs, len(span.events)) == ("ERROR", [1], 1)


def test_send_throw_and_return_values_pass_through() -> None:
    @spanloom.trace
    def dialogue() -> Generator[str, str, str]:
        heard = yield "ready"
        try:
            yield heard.upper()
        except KeyError:
            yield "caught"
        return "done"

    stream = dialogue()
    assert next(stream) == "ready"
    assert stream.send("hello") == "HELLO"
    assert stream.throw(KeyError("x")) == "caught"
    with pytest.raises(StopIteration) as stop:
        next(stream)
    assert stop.value.value == "done"
    assert only_span().outputs == ["ready", "HELLO", "caught"]


def test_a_stream_can_be_copied_no_more_than_what_it_wraps() -> None:
    stream = counting(1)
    with pytest.raises(TypeError, match="cannot pickle 'generator' object"):
        copy.copy(stream)
    assert list(stream) == [0]
    assert only_span().outputs == [0]


def test_yield_from_delegates_to_a_traced_generator() -> None:
    @spanloom.trace
    def inner() -> Generator[int, None, str]:
        yield 1
        return "inner's result"

    def outer() -> Generator[int, None, str]:
        return (yield from inner())

    stream = outer()
    assert next(stream) == 1
    with pytest.raises(StopIteration, match="inner's result"):
        next(stream)


def test_the_span_is_current_in_every_step_and_never_for_the_consumer() -> None:
    seen: list[str | None] = []

    def note() -> None:
        span = current_span()
        seen.append(span.name if span else None)

    @spanloom.trace
    def stream() -> Iterator[int]:
        try:
            note()
            yield 1
            note()
            yield 2
        finally:
            note()

    with spanloom.start_span("consumer"):
        for _ in stream():
            note()
    assert seen == ["stream", "consumer", "stream", "consumer", "stream"]


@pytest.mark.anyio
async def test_an_async_stream_is_recorded_like_a_sync_one() -> None:
    assert [number async for number in acounting(3)] == [0, 1, 2]
    assert only_span().outputs == [0, 1, 2]


@pytest.mark.anyio
async def test_an_async_stream_closed_early_ends_once() -> None:
    stream: Any = acounting(10)
    assert await anext(stream) == 0
    await stream.aclose()
    assert only_span().attributes["spanloom.stream.end"] == "closed"


@pytest.mark.anyio
async def test_an_async_stream_left_by_break_ends_when_it_is_dropped() -> None:
    async for _ in acounting(10):
        break
    collect_garbage()
    assert only_span().attributes["spanloom.stream.end"] == "abandoned"


@pytest.mark.anyio
async def test_cancelling_the_consumer_ends_an_async_stream_as_cancelled() -> None:
    waiting = asyncio.Event()

    @spanloom.trace
    async def endless() -> AsyncIterator[int]:
        yield 1
        waiting.set()
        await asyncio.Event().wait()

    async def consume() -> None:
        async for _ in endless():
            pass

    task = asyncio.create_task(consume())
    await waiting.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    collect_garbage()
    assert only_span().status == "CANCELLED"


@pytest.mark.anyio
async def test_an_async_stream_may_end_in_another_task_than_it_began() -> None:
    @spanloom.trace
    async def stream() -> AsyncIterator[int]:
        with spanloom.start_span("held across yields"):
            yield 1
            with spanloom.start_span("in the second step"):
                yield 2

    with spanloom.start_span("consumer"):
        numbers: Any = stream()
        first = await asyncio.create_task(anext(numbers))
        second = await asyncio.create_task(anext(numbers))
        await asyncio.create_task(numbers.aclose())
        here = current_span()
        assert here is not None
        assert here.name == "consumer"
    assert (first, second) == (1, 2)
    [trace] = spanloom.search_traces()
    assert [span.name for span in trace.data.spans] == [
        "consumer",
        "stream",
        "held across yields",
        "in the second step",
    ]
    by_id = {span.span_id: span.name for span in trace.data.spans}
    assert [by_id.get(span.parent_id) for span in trace.data.spans] == [None, *list(by_id.values())[:3]]


@pytest.mark.anyio
async def test_asend_and_athrow_pass_through() -> None:
    @spanloom.trace
    async def dialogue() -> Any:
        heard = yield "ready"
        try:
            yield heard.upper()
        except KeyError:
            yield "caught"

    stream: Any = dialogue()
    assert await anext(stream) == "ready"
    assert await stream.asend("hello") == "HELLO"
    assert await stream.athrow(KeyError("x")) == "caught"
    await stream.aclose()
    assert only_span().outputs == ["ready", "HELLO", "caught"]


def test_chunks_beyond_the_cap_are_counted_and_not_kept() -> None:
    spanloom.configure(max_stream_chunks=2)
    assert len(list(counting(5))) == 5
    span = only_span()
    assert span.outputs == [0, 1]
    assert span.attributes["spanloom.stream.chunks_dropped"] == 3
