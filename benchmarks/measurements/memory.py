"""Memory: many spans through the pipeline at a steady rate, the resident set sampled on the way.

Traces of ten spans, one of them a model call with token usage. `value` is the largest resident set; more than half of
it is SQLite's caches, which 80,000 spans fill; `growth` is that of the last quarter over that of the first, the
warm-up left out; `rate` is what was really reached, in spans a second.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

from measurements.contender import main

TITLE = "memory, resident"
UNIT = "MB"

_RATE = 10_000
_SPANS_PER_TRACE = 10
_TRACES_PER_STEP = 20
_PAGE = os.sysconf("SC_PAGE_SIZE")


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * _PAGE


def _spanloom(quick: bool) -> dict[str, float]:
    import spanloom
    from spanloom.tracing.pipeline import pipeline

    spanloom.configure(store="sqlite:///spans.db")
    spans = 300_000 if quick else 1_000_000
    steps = spans // (_SPANS_PER_TRACE * _TRACES_PER_STEP)
    samples = []
    begin = time.monotonic()
    for step in range(1, steps + 1):
        for _ in range(_TRACES_PER_STEP):
            _one_trace()
        samples.append(_resident())
        due = begin + step * _SPANS_PER_TRACE * _TRACES_PER_STEP / _RATE
        time.sleep(max(0.0, due - time.monotonic()))
    rate = spans / (time.monotonic() - begin)
    spanloom.flush()
    return {"value": max(samples), "growth": _growth(samples), "dropped": pipeline.dropped, "rate": rate}


def _one_trace() -> None:
    import spanloom

    with spanloom.start_span("agent", span_type="AGENT") as agent:
        agent.set_inputs({"input": "What is the weather in Paris?"})
        with spanloom.start_span("chat", span_type="CHAT_MODEL") as model:
            model.set_token_usage(spanloom.TokenUsage(input_tokens=312, output_tokens=17))
        for city in range(_SPANS_PER_TRACE - 2):
            with spanloom.start_span("get_weather", span_type="TOOL") as tool:
                tool.set_inputs({"city": city})
                tool.set_outputs("sunny, 21 degrees")
        agent.set_outputs({"output": "It is sunny in Paris."})


def _growth(samples: list[int]) -> float:
    warm = samples[len(samples) // 3 :]
    quarter = len(warm) // 4
    return max(warm[-quarter:]) / max(warm[:quarter])


CONTENDERS = {"spanloom": _spanloom}

if __name__ == "__main__":
    main(CONTENDERS)
