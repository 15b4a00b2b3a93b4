"""Putting on a model call's span what it came to."""

from __future__ import annotations

import time
from typing import Any

from spanloom.tracing import attributes
from spanloom.tracing.guard import guard
from spanloom_autolog.dspy import models
from spanloom_autolog.dspy.calls import OpenCall
from spanloom_autolog.dspy.partial import PartialAnswer

__all__ = ["record_chunk", "record_result"]


def record_result(call: OpenCall, result: Any) -> None:
    """Record answer, tokens, price and the facts about the answer."""
    span = call.span
    with guard("dspy: model outputs"):
        span.set_outputs(models.outputs(result.outputs))
    with guard("dspy: usage"):
        usage = models.token_usage(result.usage or {})
        if usage is not None:
            span.set_token_usage(usage)
    with guard("dspy: price"):
        # An answer from the cache comes with the price of the call that it was first given to.
        price = 0.0 if result.cache_hit else result.cost
        if price is not None:
            span.set_attribute(attributes.TOTAL_COST, price)
    with guard("dspy: model result attributes"):
        span.set_attributes(models.response_facts(result))


def record_chunk(call: OpenCall, chunk: Any) -> None:
    """Keep a chunk, and note when the first one came."""
    if call.answer is None:
        call.answer = PartialAnswer()
        elapsed = time.time_ns() - call.span.start_time_ns
        call.span.set_attribute(attributes.TIME_TO_FIRST_CHUNK_MS, round(elapsed / 1e6, 3))
    call.answer.add(chunk)
