from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

import spanloom
from spanloom.errors import AgentError, SchemaError
from spanloom.schemas import create_text_delta, create_text_output_item
from spanloom.testing import outline


def text_of(request: Any) -> str:
    return str(request.input_items()[-1].content)


def done(text: str) -> dict[str, Any]:
    return {"type": "response.output_item.done", "item": create_text_output_item(text, "msg_1")}


class Predict(spanloom.ResponsesAgent):
    def predict(self, request: Any) -> Any:
        return {"output": [create_text_output_item(text_of(request).upper(), "msg_1")]}


class PredictStream(spanloom.ResponsesAgent):
    def predict_stream(self, request: Any) -> Iterator[Any]:
        for letter in text_of(request).upper():
            yield create_text_delta(letter, "msg_1")
        yield done(text_of(request).upper())


class Apredict(spanloom.ResponsesAgent):
    async def apredict(self, request: Any) -> Any:
        await asyncio.sleep(0)
        return {"output": [create_text_output_item(text_of(request).upper(), "msg_1")]}


class ApredictStream(spanloom.ResponsesAgent):
    async def apredict_stream(self, request: Any) -> AsyncIterator[Any]:
        for letter in text_of(request).upper():
            await asyncio.sleep(0)
            yield create_text_delta(letter, "msg_1")
        yield done(text_of(request).upper())


AGENTS = [Predict, PredictStream, Apredict, ApredictStream]


@pytest.mark.parametrize("agent", AGENTS)
def test_the_other_three_methods_are_derived_from_any_one(agent: type[spanloom.ResponsesAgent]) -> None:
    async def use_async() -> None:
        assert (await agent().apredict(input="hi")).output_text == "HI"
        events = [event async for event in agent().apredict_stream(input="hi")]
        assert spanloom.schemas.reduce_stream(events).output_text == "HI"

    assert agent().predict(input="hi").output_text == "HI"
    assert spanloom.schemas.reduce_stream(agent().predict_stream(input="hi")).output_text == "HI"
    asyncio.run(use_async())
    traces = spanloom.search_traces()
    assert [outline(trace) for trace in traces] == [f"AGENT {agent.__name__}"] * 4
    assert {(trace.info.request_preview, trace.info.response_preview) for trace in traces} == {("hi", "HI")}


def test_a_request_may_be_a_model_a_dict_or_keyword_arguments() -> None:
    request = spanloom.schemas.ResponsesAgentRequest(input=[{"role": "user", "content": "hi"}])
    agent = Predict()
    responses = [
        agent.predict(request),
        agent.predict({"input": "hi"}),
        agent.predict(input="hi"),
        agent.predict(request={"input": "hi"}),
        agent.predict(request=request),
    ]
    assert {response.output_text for response in responses} == {"HI"}


@pytest.mark.parametrize("arguments", [(), ({"input": "a"}, {"input": "b"})])
def test_a_call_without_one_request_says_how_to_call(arguments: tuple[Any, ...]) -> None:
    with pytest.raises(SchemaError, match=r"takes one request: predict\(\{'input': 'hi'\}\)"):
        Predict().predict(*arguments)


@pytest.mark.parametrize("method", ["predict", "predict_stream"])
def test_a_malformed_request_names_every_field_path(method: str) -> None:
    with pytest.raises(SchemaError) as caught:
        getattr(Predict(), method)({"input": [{"role": "robot", "content": 1}], "temperature": "hot"})
    for path in ("input[0].role", "input[0].content", "temperature"):
        assert path in str(caught.value)
    assert spanloom.search_traces() == []


def test_a_malformed_response_is_refused_and_recorded() -> None:
    class Wrong(spanloom.ResponsesAgent):
        def predict(self, request: Any) -> Any:
            return {"output": [{"type": "function_call", "name": "f"}]}

    with pytest.raises(SchemaError, match=r"output\[0\]\.call_id: is required but missing"):
        Wrong().predict(input="hi")
    assert spanloom.search_traces()[0].info.state == "ERROR"


def test_an_agent_that_defines_nothing_says_what_to_define() -> None:
    class Nothing(spanloom.ResponsesAgent):
        pass

    with pytest.raises(AgentError, match="Nothing must define one of predict, predict_stream, apredict"):
        Nothing().predict(input="hi")


def test_conversation_and_user_are_the_traces_session_and_user() -> None:
    Predict().predict(input="hi", context={"conversation_id": "c1", "user_id": "u1"})
    info = spanloom.search_traces()[0].info
    assert (info.session_id, info.user) == ("c1", "u1")


def test_the_agents_own_exception_passes_unchanged() -> None:
    error = KeyError("boom")

    class Failing(spanloom.ResponsesAgent):
        async def apredict_stream(self, request: Any) -> AsyncIterator[Any]:
            yield create_text_delta("par", "msg_1")
            raise error

    with pytest.raises(KeyError) as caught:
        Failing().predict(input="hi")
    assert caught.value is error
    stream = Failing().predict_stream(input="hi")
    assert next(stream).delta == "par"
    with pytest.raises(KeyError) as caught:
        next(stream)
    assert caught.value is error
    assert {trace.info.state for trace in spanloom.search_traces()} == {"ERROR"}
    assert {trace.info.response_preview for trace in spanloom.search_traces()} == {"par"}


def test_async_agents_run_on_one_loop_whoever_calls() -> None:
    loops: list[Any] = []

    class Where(spanloom.ResponsesAgent):
        async def apredict(self, request: Any) -> Any:
            loops.append(asyncio.get_running_loop())
            return {"output": []}

    agent = Where()
    agent.predict(input="from the main thread")
    thread = threading.Thread(target=agent.predict, kwargs={"input": "from another"})
    thread.start()
    thread.join()

    async def inside_a_running_loop() -> None:
        agent.predict(input="blocks this loop, but works")

    asyncio.run(inside_a_running_loop())
    assert len(set(loops)) == 1


def test_the_callers_span_is_the_parent_on_whatever_thread_the_agent_runs() -> None:
    class Nested(spanloom.ResponsesAgent):
        async def apredict(self, request: Any) -> Any:
            with spanloom.start_span("inside"):
                await asyncio.sleep(0)
            return {"output": []}

    with spanloom.start_span("caller"):
        Nested().predict(input="hi")
        list(Nested().predict_stream(input="hi"))
    [trace] = spanloom.search_traces()
    nested = "  AGENT Nested\n    UNKNOWN inside"
    assert outline(trace) == f"UNKNOWN caller\n{nested}\n{nested}"


def test_a_synchronous_call_that_could_only_wait_for_itself_is_refused() -> None:
    class Outer(spanloom.ResponsesAgent):
        async def apredict(self, request: Any) -> Any:
            return Apredict().predict(request)

    with pytest.raises(RuntimeError, match=r"would wait for ever; there, use `await agent.apredict"):
        Outer().predict(input="hi")


def test_closing_a_stream_early_stops_the_agent_before_close_returns() -> None:
    state: list[str] = []

    class Endless(spanloom.ResponsesAgent):
        async def apredict_stream(self, request: Any) -> AsyncIterator[Any]:
            try:
                while True:
                    yield create_text_delta("x", "msg_1")
                    await asyncio.sleep(0)
            finally:
                state.append("stopped")

    stream = Endless().predict_stream(input="hi")
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert state == ["stopped"]
    [trace] = spanloom.search_traces()
    assert len(trace.data.spans) == 1


@pytest.mark.anyio
async def test_cancelling_the_caller_cancels_the_agent() -> None:
    started, cancelled = threading.Event(), threading.Event()

    class Waiting(spanloom.ResponsesAgent):
        async def apredict_stream(self, request: Any) -> AsyncIterator[Any]:
            started.set()
            try:
                await asyncio.Event().wait()
                yield {}
            finally:
                cancelled.set()

    async def consume() -> None:
        async for _ in Waiting().apredict_stream(input="hi"):
            pass

    task = asyncio.create_task(consume())
    await asyncio.to_thread(started.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cancelled.is_set()
    assert spanloom.search_traces()[0].info.state == "CANCELLED"


def test_backpressure_holds_an_agent_whose_consumer_is_slow() -> None:
    made = 0

    class Eager(spanloom.ResponsesAgent):
        async def apredict_stream(self, request: Any) -> AsyncIterator[Any]:
            nonlocal made
            for _ in range(5000):
                made += 1
                yield create_text_delta("x", "msg_1")
                await asyncio.sleep(0)

    stream = Eager().predict_stream(input="hi")
    next(stream)
    Apredict().predict(input="let the loop run on")
    for _ in range(500):
        Apredict().predict(input="let the loop run on")
    assert made < 500
    assert sum(1 for _ in stream) == 4999


@pytest.mark.anyio
async def test_a_cancelled_call_of_a_synchronous_agent_ends_its_span_at_once():
    begun, release = threading.Event(), threading.Event()

    class Slow(spanloom.ResponsesAgent):
        def predict(self, _request):
            begun.set()
            release.wait(10)
            return {"output": []}

    call = asyncio.ensure_future(Slow().apredict(input="hi"))
    await asyncio.to_thread(begun.wait)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    [trace] = spanloom.search_traces()
    release.set()
    assert (trace.info.name, trace.info.state) == ("Slow", "CANCELLED")


@pytest.mark.anyio
async def test_a_hundred_synchronous_agents_run_side_by_side():
    everyone = threading.Barrier(100)

    class Meets(spanloom.ResponsesAgent):
        def predict(self, _request):
            everyone.wait(30)
            return {"output": []}

    await asyncio.gather(*(Meets().apredict(input="hi") for _ in range(100)))


@pytest.mark.anyio
async def test_a_synchronous_stream_runs_in_one_thread_from_first_to_last_step():
    threads = []

    class Streams(spanloom.ResponsesAgent):
        def predict_stream(self, _request):
            try:
                for word in ("a", "b"):
                    threads.append(threading.get_ident())
                    yield self.create_text_delta(word, "m1")
            finally:
                threads.append(threading.get_ident())

    events = [event async for event in Streams().apredict_stream(input="hi")]
    assert [event.delta for event in events] == ["a", "b"]
    assert len(set(threads)) == 1
    assert threading.get_ident() not in threads
