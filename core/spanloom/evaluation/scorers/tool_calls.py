"""Scorers of the tools that an agent called, against those that it should have called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spanloom.evaluation.scorers.verdict import recorded, verdict
from spanloom.evaluation.scoring import Scorer
from spanloom.evaluation.tool_calls import ToolCall, called_tools, expected_tool_calls
from spanloom.tracing.assessments import Feedback
from spanloom.tracing.traces import Trace

__all__ = ["ToolCallCorrectness", "ToolCallOrder"]


class ToolCallCorrectness(Scorer):
    """Whether the expected tools were called with the expected arguments; no model is asked.

    What is expected is `expectations["expected_tool_calls"]`, e.g. `[{"name": "search", "arguments": {"q": "cats"}}]`;
    without `arguments`, any will do. By default each expected call must be among the calls, with at least the arguments
    named, in any order, and further calls do no harm. The names of the options are MLflow's.

    Attributes:
        should_exact_match: Whether there may be no other calls, and no other arguments.
        should_consider_ordering: Whether the expected calls must come in their order.

    Example:
        >>> expectations = {"expected_tool_calls": [{"name": "get_weather", "arguments": {"city": "Paris"}}]}
        >>> ToolCallCorrectness()(trace=trace, expectations=expectations).value
        'yes'
    """

    name: str = "tool_call_correctness"
    description: str | None = "Whether the expected tools were called with the expected arguments."
    should_exact_match: bool = False
    should_consider_ordering: bool = False

    def __call__(self, *, trace: Trace | None, expectations: dict[str, Any]) -> Feedback:
        """Score one row."""
        wanted, calls = expected_tool_calls(expectations, self.name), called_tools(recorded(self, trace))
        find = _in_order if self.should_consider_ordering else _in_any_order
        found = find(wanted, calls, exact=self.should_exact_match)
        missing = [call for at, call in enumerate(wanted) if at not in found]
        used = set(found.values())
        others = [call for at, call in enumerate(calls) if at not in used] if self.should_exact_match else []
        if missing or others:
            where = " in this order" if self.should_consider_ordering else ""
            parts = [("Missing" + where, missing), ("Not expected", others), ("Called", calls)]
            return verdict(self, False, "; ".join(f"{what}: {_listed(which)}" for what, which in parts if which) + ".")
        return verdict(self, True, f"Called as expected: {_listed(wanted)}.")


class ToolCallOrder(Scorer):
    """Whether the expected tools were called one after the other, in their order, whatever the arguments.

    What is expected is `expectations["expected_tool_calls"]`, for which names are enough: `["search", "answer"]`. Other
    calls may come in between.

    Example:
        >>> ToolCallOrder()(trace=trace, expectations={"expected_tool_calls": ["search", "answer"]}).value
        'yes'
    """

    name: str = "tool_call_order"
    description: str | None = "Whether the expected tools were called in their order."

    def __call__(self, *, trace: Trace | None, expectations: dict[str, Any]) -> Feedback:
        """Score one row."""
        wanted = [ToolCall(call.name) for call in expected_tool_calls(expectations, self.name)]
        calls = [ToolCall(call.name) for call in called_tools(recorded(self, trace))]
        found = _in_order(wanted, calls, exact=False)
        if len(found) == len(wanted):
            return verdict(self, True, f"Called in this order: {_listed(wanted)}.")
        missed = wanted[len(found)]
        return verdict(self, False, f"Expected {_listed(wanted)}; {missed} did not follow. Called: {_listed(calls)}.")


def _fits(wanted: ToolCall, call: ToolCall, *, exact: bool) -> bool:
    if wanted.name != call.name or wanted.arguments is None:
        return wanted.name == call.name
    if exact or not isinstance(wanted.arguments, dict) or not isinstance(call.arguments, dict):
        return bool(wanted.arguments == call.arguments)
    missing = object()
    return all(call.arguments.get(name, missing) == value for name, value in wanted.arguments.items())


def _in_order(wanted: Sequence[ToolCall], calls: Sequence[ToolCall], *, exact: bool) -> dict[int, int]:
    """Return the place of the call for each expected one, as far as they follow each other.

    The earliest call that fits leaves the most for those that follow.
    """
    found: dict[int, int] = {}
    start = 0
    for at, expected in enumerate(wanted):
        place = next((i for i in range(start, len(calls)) if _fits(expected, calls[i], exact=exact)), None)
        if place is None:
            break
        found[at], start = place, place + 1
    return found


def _in_any_order(wanted: Sequence[ToolCall], calls: Sequence[ToolCall], *, exact: bool) -> dict[int, int]:
    """Return the same for any order, for as many expected calls as possible.

    The first call that fits one may be the only one that fits another: a matching along augmenting paths (Kuhn).
    """
    taken: dict[int, int] = {}

    def place(at: int, tried: set[int]) -> bool:
        for i, call in enumerate(calls):
            if i not in tried and _fits(wanted[at], call, exact=exact):
                tried.add(i)
                if i not in taken or place(taken[i], tried):
                    taken[i] = at
                    return True
        return False

    for at in range(len(wanted)):
        place(at, set())
    return {at: i for i, at in taken.items()}


def _listed(calls: Sequence[ToolCall]) -> str:
    return ", ".join(map(str, calls)) or "nothing"
