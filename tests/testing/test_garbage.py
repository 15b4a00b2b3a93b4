"""Collecting garbage, while another thread does."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest

from spanloom.testing.garbage import collect_garbage


class Circle:
    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def other_thread():
    """A thread that has begun to collect and goes on when the event is set."""
    collecting, go_on = threading.Event(), threading.Event()

    class Slow(Circle):
        def __del__(self) -> None:
            collecting.set()
            go_on.wait(10)

    def collect() -> None:
        Slow()
        gc.collect()

    thread = threading.Thread(target=collect)
    thread.start()
    assert collecting.wait(10)
    yield go_on
    go_on.set()
    thread.join()


def test_another_thread_that_collects_is_waited_for(other_thread):
    garbage = weakref.ref(Circle())
    assert gc.collect() == 0, "the trap: nothing is done"
    assert garbage() is not None
    threading.Timer(0.05, other_thread.set).start()
    collect_garbage()
    assert garbage() is None


@pytest.mark.parametrize("enabled", [True, False])
def test_whether_it_is_on_stays(enabled):
    (gc.enable if enabled else gc.disable)()
    try:
        collect_garbage()
        assert gc.isenabled() is enabled
    finally:
        gc.enable()
