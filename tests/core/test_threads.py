"""Synchronous iterators, iterated in a thread."""

from __future__ import annotations

import contextvars
import threading
from contextlib import aclosing

import pytest

from spanloom.agents.threads import iterate_in_thread

pytestmark = pytest.mark.anyio

word = contextvars.ContextVar("word", default="")


async def test_all_steps_run_in_one_thread_and_in_one_copy_of_the_context():
    def steps():
        before = word.get()
        word.set("inside")
        yield before, threading.current_thread()
        yield word.get(), threading.current_thread()

    word.set("outside")
    (first, thread), (second, other) = [step async for step in iterate_in_thread(steps)]
    assert (first, second, word.get()) == ("outside", "inside", "outside")
    assert thread is other is not threading.current_thread()


async def test_an_exception_comes_after_the_items_before_it():
    def steps():
        yield 1
        raise LookupError("no more")

    running = iterate_in_thread(steps)
    assert await anext(running) == 1
    with pytest.raises(LookupError, match="no more"):
        await anext(running)


async def test_closing_interrupts_the_step_and_closes_the_iterator():
    waiting, closed = threading.Event(), []

    def steps():
        try:
            yield 1
            waiting.wait(10)
            yield 2
        finally:
            closed.append(threading.current_thread())

    async with aclosing(iterate_in_thread(steps, waiting.set)) as running:
        assert await anext(running) == 1
    assert len(closed) == 1


async def test_the_thread_does_not_run_far_ahead_of_its_consumer():
    made = 0

    def steps():
        nonlocal made
        while True:
            made += 1
            yield made

    async with aclosing(iterate_in_thread(steps)) as running:
        assert [await anext(running) for _ in range(10)] == list(range(1, 11))
    assert made <= 100
