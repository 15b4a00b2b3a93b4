from __future__ import annotations

import asyncio
import functools
import inspect
import pickle
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import spanloom
from spanloom.testing import outline
from spanloom.tracing import ReadableSpan


def only_span() -> ReadableSpan:
    [trace] = spanloom.search_traces()
    [span] = trace.data.spans
    return span


@spanloom.trace
def add(a: int, b: int = 2, *rest: int, scale: int = 1) -> int:
    return (a + b + sum(rest)) * scale


@spanloom.trace
def counting(limit: int) -> Iterator[int]:
    yield from range(limit)


@spanloom.trace
async def acounting(limit: int) -> AsyncIterator[int]:
    for number in range(limit):
        yield number


def test_arguments_by_name_are_inputs_and_the_result_is_the_output() -> None:
    assert add(1, 2, 3, scale=10) == 60
    span = only_span()
    assert (span.name, span.span_type, span.status) == ("add", "UNKNOWN", "OK")
    assert span.inputs == {"a": 1, "b": 2, "rest": [3], "scale": 10}
    assert span.outputs == 60
    assert span.end_time_ns >= span.start_time_ns


def test_name_type_and_attributes_are_taken_from_the_decorator() -> None:
    @spanloom.trace(name="weather", span_type=spanloom.SpanType.TOOL, attributes={"unit": "celsius", "days": [1, 2]})
    def get_weather(city: str) -> str:
        return f"sunny in {city}"

    get_weather("Paris")
    span = only_span()
    assert (span.name, span.span_type) == ("weather", "TOOL")
    assert span.attributes == {"unit": "celsius", "days": [1, 2]}


def test_an_exception_is_recorded_and_passes_unchanged() -> None:
    error = ValueError("no such city")

    @spanloom.trace
    def fail() -> None:
        raise error

    with pytest.raises(ValueError, match="no such city") as caught:
        fail()
    assert caught.value is error
    span = only_span()
    assert (span.status, span.status_message) == ("ERROR", "ValueError: no such city")
    [event] = span.events
    assert event["name"] == "exception"
    assert event["attributes"]["exception.type"] == "ValueError"
    assert "in fail" in event["attributes"]["exception.stacktrace"]


@pytest.mark.anyio
async def test_a_coroutine_function_stays_one_and_is_traced() -> None:
    @spanloom.trace
    async def outer(x: int) -> int:
        await asyncio.sleep(0)
        return add(x)

    assert inspect.iscoroutinefunction(outer)
    assert await outer(1) == 3
    [trace] = spanloom.search_traces()
    assert outline(trace) == "UNKNOWN outer\n  UNKNOWN add"


@pytest.mark.anyio
async def test_a_call_with_wrong_arguments_ends_its_span_too() -> None:
    @spanloom.trace
    async def one(x: int) -> int:
        return x

    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        await one()
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        add()
    assert [trace.info.state for trace in spanloom.search_traces()] == ["ERROR", "ERROR"]


@pytest.mark.anyio
async def test_a_cancelled_coroutine_ends_as_cancelled() -> None:
    started = asyncio.Event()

    @spanloom.trace
    async def wait() -> None:
        started.set()
        await asyncio.Event().wait()

    task = asyncio.create_task(wait())
    await started.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert only_span().status == "CANCELLED"


def test_methods_class_methods_and_static_methods_in_either_order() -> None:
    class Agent:
        @spanloom.trace
        def method(self, x: int) -> int:
            return x

        @spanloom.trace
        @classmethod
        def outside(cls, x: int) -> str:
            return f"{cls.__name__}{x}"

        @classmethod
        @spanloom.trace
        def inside(cls, x: int) -> str:
            return f"{cls.__name__}{x}"

        @spanloom.trace
        @staticmethod
        def static(x: int) -> int:
            return x

        @spanloom.trace
        def stream(self, x: int) -> Iterator[int]:
            yield x

    class Child(Agent):
        pass

    assert Child().method(1) == 1
    assert Child.outside(2) == "Child2"
    assert Child().inside(3) == "Child3"
    assert Child.static(4) == Child().static(4) == 4
    assert list(Child().stream(5)) == [5]
    spans = [trace.data.spans[0] for trace in reversed(spanloom.search_traces())]
    assert {(span.name, span.inputs["x"]) for span in spans} == {
        ("method", 1),
        ("outside", 2),
        ("inside", 3),
        ("static", 4),
        ("stream", 5),
    }
    assert all(set(span.inputs) == {"x"} for span in spans)


@pytest.mark.anyio
async def test_partials_and_callable_objects_of_every_kind() -> None:
    async def double(x: int) -> int:
        return 2 * x

    class Callable:
        def __call__(self, x: int) -> int:
            return x

    class AsyncCallable:
        async def __call__(self, x: int) -> int:
            return x

    assert spanloom.trace(functools.partial(add, 1))(5) == 6
    assert await spanloom.trace(functools.partial(double, 4))() == 8
    assert spanloom.trace(Callable())(7) == 7
    assert await spanloom.trace(AsyncCallable(), name="custom")(8) == 8
    names = {trace.info.name for trace in spanloom.search_traces()}
    assert names == {"add", "double", "Callable", "custom"}


def test_something_that_cannot_be_called_is_refused() -> None:
    with pytest.raises(TypeError, match="expects something to call, got int: 3"):
        spanloom.trace(3)


def test_generator_functions_still_look_like_generator_functions() -> None:
    assert inspect.isgeneratorfunction(counting)
    assert inspect.isasyncgenfunction(acounting)
    stream = counting(1)
    assert inspect.isgenerator(stream)
    assert list(stream) == [0]
    assert pickle.loads(pickle.dumps(add)) is add
    assert pickle.loads(pickle.dumps(counting)) is counting


def test_outputs_set_inside_win_over_the_return_value() -> None:
    @spanloom.trace
    def answer() -> str:
        span = spanloom.get_current_active_span()
        assert span is not None
        span.set_outputs({"answer": 42})
        return "ignored"

    assert answer() == "ignored"
    assert only_span().outputs == {"answer": 42}


def test_inputs_are_snapshots() -> None:
    @spanloom.trace
    def append(messages: list[dict[str, Any]]) -> None:
        messages.append({"role": "assistant", "content": "hi"})

    append([{"role": "user", "content": "hello"}])
    assert only_span().inputs == {"messages": [{"role": "user", "content": "hello"}]}


@pytest.mark.anyio
async def test_a_function_that_returns_a_coroutine_or_generator_keeps_its_span_open() -> None:
    @spanloom.trace(name="lazy")
    def lazy() -> Any:
        async def inner() -> int:
            return add(1)

        return inner()

    assert await lazy() == 3
    [trace] = spanloom.search_traces()
    assert outline(trace) == "UNKNOWN lazy\n  UNKNOWN add"
