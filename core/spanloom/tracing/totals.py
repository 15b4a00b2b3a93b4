"""Token usage and cost of a whole trace: what each ended span adds, every model call counted once."""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from spanloom.tracing import attributes
from spanloom.tracing.cost import cost_of
from spanloom.tracing.guard import guard
from spanloom.tracing.span import Span
from spanloom.tracing.usage import TokenUsage

__all__ = ["Totals", "count"]

_REPORTS = (
    "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens",
    "gen_ai.usage.total_tokens",
    attributes.TOTAL_COST,
)
_PRICED = frozenset({"CHAT_MODEL", "LLM", "EMBEDDING"})


class Totals(NamedTuple):
    """Usage, and cost in US dollars; `None` where nobody told."""

    usage: TokenUsage | None = None
    cost: float | None = None

    def plus(self, other: Totals, sign: int = 1) -> Totals:
        """Add (`sign=1`) or take away (`sign=-1`) other totals."""
        usage, cost = self
        if other.usage is not None:
            usage = (usage or TokenUsage()).plus(other.usage, sign)
        if other.cost is not None:
            cost = (cost or 0.0) + sign * other.cost
        return Totals(usage, cost)


_NOTHING = Totals()


def count(span: Span) -> Totals:
    """Return what this ended span adds to its trace, and put the price of a model call on its span.

    A span and those below it report on the same model calls: whoever saw more tokens (or dollars) counts, once.
    """
    facts, counted = span.attributes_json, span.active_trace.counted
    own = _own(span) if facts and any(key in facts for key in _REPORTS) else _NOTHING
    below = counted.pop(span.span_id, _NOTHING) if counted else _NOTHING
    seen = Totals(_larger_usage(own.usage, below.usage), _larger_cost(own.cost, below.cost))
    if seen == _NOTHING:
        return _NOTHING
    if span.parent is not None:
        if counted is None:
            counted = span.active_trace.counted = {}
        counted[span.parent.span_id] = counted.get(span.parent.span_id, _NOTHING).plus(seen)
    return Totals(
        None if seen.usage is below.usage else Totals(seen.usage).plus(Totals(below.usage), -1).usage,
        None if seen.cost is below.cost else (seen.cost or 0.0) - (below.cost or 0.0),
    )


def _own(span: Span) -> Totals:
    facts = span.attributes
    usage, cost = TokenUsage.from_attributes(facts), _dollars(facts.get(attributes.TOTAL_COST))
    if usage is not None:
        usage = usage.with_total()  # batches of one trace are summed number by number
    if cost is None and usage is not None and span.span_type in _PRICED:
        with guard("cost"):
            cost = cost_of(usage, facts)
        if cost is not None:
            span.attributes_json = {**span.attributes_json, attributes.TOTAL_COST: orjson.dumps(cost)}
    return Totals(usage, cost)


def _dollars(number: Any) -> float | None:
    return number if isinstance(number, int | float) and not isinstance(number, bool) and number >= 0 else None


def _larger_usage(own: TokenUsage | None, below: TokenUsage | None) -> TokenUsage | None:
    return own if below is None or (own is not None and own.total >= below.total) else below


def _larger_cost(own: float | None, below: float | None) -> float | None:
    return own if below is None or (own is not None and own >= below) else below
