from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

from spanloom.tracing.ids import new_span_id, new_trace_id


def test_ids_are_hex_of_the_right_length_and_never_repeat() -> None:
    with ThreadPoolExecutor(4) as pool:
        ids = [*pool.map(lambda _: new_span_id(), range(10_000))]
    assert len(set(ids)) == len(ids)
    assert {len(span_id) for span_id in ids} == {16}
    assert len(new_trace_id()) == 32
    int(new_trace_id(), 16)


def test_a_forked_process_never_repeats_the_ids_of_its_parent() -> None:
    new_span_id()  # some are drawn ahead now
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, "".join(new_span_id() for _ in range(200)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reading, 200 * 16).decode()
    os.close(reading)
    os.close(writing)
    assert not {theirs[start : start + 16] for start in range(0, len(theirs), 16)} & {new_span_id() for _ in range(200)}
