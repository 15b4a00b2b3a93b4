"""Tokens of a whole trace."""

from __future__ import annotations

import spanloom
from spanloom import SpanType


def test_totals_of_a_trace_that_is_written_in_parts_add_up():
    used = {"gen_ai.usage.input_tokens": 10, "gen_ai.usage.output_tokens": 2}
    with spanloom.start_span("agent") as agent:
        for _ in range(3):
            with spanloom.start_span("chat", SpanType.CHAT_MODEL, used):
                pass
            spanloom.flush()
    usage = spanloom.get_trace(agent.trace_id).info.token_usage
    assert usage is not None
    assert usage.to_dict() == {"input_tokens": 30, "output_tokens": 6, "total_tokens": 36}
