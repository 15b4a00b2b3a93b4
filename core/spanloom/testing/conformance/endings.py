"""Runs that end early: every span ends once, none is an error."""

from __future__ import annotations

import asyncio
import threading

from spanloom.testing.conformance.case import Case, assert_whole
from spanloom.testing.conformance.scenario import scenario
from spanloom.testing.conformance.tree import model_spans
from spanloom.testing.garbage import collect_garbage
from spanloom.testing.provider.received import ReceivedRequest
from spanloom.testing.provider.replies import Reply
from spanloom.testing.provider.server import ProviderServer

__all__: list[str] = []

_LONG = "one two three four five six seven eight nine ten"
_PATIENCE = 30
"""Seconds after which a run that should have ended counts as hanging."""


@scenario("stream", once=True)
def broken_off(case: Case) -> None:
    """The consumer leaves the loop and drops the stream."""
    server = case.server(Reply(_LONG))
    stream = case.driver.stream(case.agent(server), "count")
    for _ in stream:
        if server.requests:
            break
    del _, stream
    collect_garbage()
    _expect_ended(case, server)


@scenario("stream", once=True)
def closed(case: Case) -> None:
    """The consumer closes the stream, where it can be closed."""
    server = case.server(Reply(_LONG))
    stream = case.driver.stream(case.agent(server), "count")
    for _ in stream:
        if server.requests:
            break
    close = getattr(stream, "close", None)
    if close is not None:
        close()
    del _, stream, close
    collect_garbage()
    _expect_ended(case, server)


@scenario("astream", once=True)
def cancelled_stream(case: Case) -> None:
    """The consumer stops an asynchronous stream as the framework wants it done, while the model still talks."""
    gate = threading.Event()
    server = case.server(Reply(_LONG, hold=gate, hold_after=2))

    async def consume() -> None:
        stream = case.driver.astream(case.agent(server), "count")
        async for _ in stream:
            if server.requests:
                break
        async with asyncio.timeout(_PATIENCE):
            await case.driver.cancel(stream)

    try:
        asyncio.run(consume())
    finally:
        gate.set()
    collect_garbage()
    _expect_ended(case, server)


@scenario("astream", once=True)
def abandoned_asynchronous_stream(case: Case) -> None:
    """The consumer leaves the loop and says nothing."""
    server = case.server(Reply(_LONG))

    async def consume() -> None:
        async for _ in case.driver.astream(case.agent(server), "count"):
            if server.requests:
                break

    asyncio.run(consume())
    collect_garbage()
    _expect_ended(case, server)


@scenario("arun", "astream")
def cancelled(case: Case) -> None:
    """The task is cancelled while the model is thinking."""
    asked, gate = threading.Event(), threading.Event()

    def think(_: ReceivedRequest) -> Reply:
        asked.set()
        return Reply(_LONG, hold=gate)

    server = case.server(script=think)

    async def cancel() -> None:
        task = asyncio.create_task(case.ask_async(case.agent(server), "count"))
        await asyncio.to_thread(asked.wait, _PATIENCE)
        task.cancel()
        async with asyncio.timeout(_PATIENCE):
            await asyncio.wait([task])
        assert task.cancelled(), f"the cancellation should pass through, not become {task}"

    try:
        asyncio.run(cancel())
    finally:
        gate.set()
    collect_garbage()
    _expect_ended(case, server)
    (model,) = model_spans(case.trace())
    assert model.status == "CANCELLED", model.status
    assert case.trace().info.state == "CANCELLED"


@scenario("stream", "astream")
def never_iterated(case: Case) -> None:
    """A stream that nobody asks for anything leaves no open span."""
    server = case.server(Reply(_LONG))
    if case.mode == "stream":
        case.driver.stream(case.agent(server), "count")
    else:

        async def forget() -> None:
            case.driver.astream(case.agent(server), "count")

        asyncio.run(forget())
    collect_garbage()
    for trace in case.traces():
        assert_whole(trace)
        assert not [span.name for span in trace.data.spans if span.status == "ERROR"]


def _expect_ended(case: Case, server: ProviderServer) -> None:
    """Every request has a model span that ended, in one whole tree, and nothing is called an error."""
    trace = case.trace()
    assert len(model_spans(trace)) == len(server.requests) == 1
    errors = [f"{span.name}: {span.status_message}" for span in trace.data.spans if span.status == "ERROR"]
    assert not errors, errors
