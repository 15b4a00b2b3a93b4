"""One stream chunk: a traced generator, net of the same generator untraced.

Opening and ending the stream are not on the clock; they cost what any span costs.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from measurements.contender import main

TITLE = "one stream chunk"
UNIT = "µs"

_CHUNKS = 2000


def _tokens() -> Iterator[str]:
    while True:
        yield "token "


def _chunk_seconds(open_stream: Callable[[], Any]) -> float:
    stream = open_stream()
    next(stream)
    begin = time.perf_counter()
    for _ in range(_CHUNKS):
        next(stream)
    seconds = (time.perf_counter() - begin) / _CHUNKS
    stream.close()
    return seconds


def _net(traced: Callable[[], Any], repeats: int) -> dict[str, float]:
    pairs = [(_chunk_seconds(_tokens), _chunk_seconds(traced)) for _ in range(repeats)]
    return {"value": statistics.median(with_span - bare for bare, with_span in pairs)}


def _spanloom(quick: bool) -> dict[str, float]:
    import spanloom

    spanloom.configure(store="sqlite:///spans.db")
    return _net(spanloom.trace(_tokens), 50 if quick else 200)


def _mlflow(quick: bool) -> dict[str, float]:
    import mlflow

    mlflow.set_tracking_uri("sqlite:///mlflow.db")
    return _net(mlflow.trace(_tokens), 5 if quick else 10)


CONTENDERS = {"spanloom": _spanloom, "mlflow": _mlflow}

if __name__ == "__main__":
    main(CONTENDERS)
