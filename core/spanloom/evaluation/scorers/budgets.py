"""Scorers of what an answer took: time, tokens and money, read from the trace."""

from __future__ import annotations

from pydantic import Field

from spanloom.errors import EvaluationError
from spanloom.evaluation.scorers.verdict import recorded, verdict
from spanloom.evaluation.scoring import Scorer
from spanloom.tracing.assessments import Feedback
from spanloom.tracing.traces import Trace

__all__ = ["CostBudget", "LatencyBudget", "TokenBudget"]


class LatencyBudget(Scorer):
    """Whether the answer came in time.

    Attributes:
        max_seconds: The most, from the beginning of the root span to its end.

    Example:
        >>> LatencyBudget(max_seconds=2)(trace=trace).rationale
        'Took 0.812 s of at most 2 s.'
    """

    name: str = "latency_budget"
    description: str | None = "Whether the answer came in time."
    max_seconds: float = Field(gt=0)

    def __call__(self, *, trace: Trace | None) -> Feedback:
        """Score one row."""
        milliseconds = recorded(self, trace).info.execution_duration
        if milliseconds is None:
            raise EvaluationError(f"the scorer {self.name!r}: the trace has not ended yet")
        seconds = milliseconds / 1000
        return verdict(self, seconds <= self.max_seconds, f"Took {seconds:.3f} s of at most {self.max_seconds:g} s.")


class TokenBudget(Scorer):
    """Whether the models took few enough tokens, input and output together, every call counted once.

    Attributes:
        max_tokens: The most.

    Example:
        >>> TokenBudget(max_tokens=1000)(trace=trace).rationale
        '120 input + 30 output = 150 tokens of at most 1000.'
    """

    name: str = "token_budget"
    description: str | None = "Whether the models took few enough tokens."
    max_tokens: int = Field(ge=0)

    def __call__(self, *, trace: Trace | None) -> Feedback:
        """Score one row."""
        usage = recorded(self, trace).info.token_usage
        if usage is None:
            raise EvaluationError(
                f"the scorer {self.name!r}: no span of the trace reports tokens; spanloom.autolog() records them"
            )
        parts = f"{usage.input_tokens or 0} input + {usage.output_tokens or 0} output"
        return verdict(
            self, usage.total <= self.max_tokens, f"{parts} = {usage.total} tokens of at most {self.max_tokens}."
        )


class CostBudget(Scorer):
    """Whether the models cost little enough. Prices need the extra `cost`.

    Attributes:
        max_cost: The most, in US dollars.

    Example:
        >>> CostBudget(max_cost=0.01)(trace=trace).rationale
        '$0.002 of at most $0.01.'
    """

    name: str = "cost_budget"
    description: str | None = "Whether the models cost little enough."
    max_cost: float = Field(ge=0)

    def __call__(self, *, trace: Trace | None) -> Feedback:
        """Score one row."""
        cost = recorded(self, trace).info.cost
        if cost is None:
            raise EvaluationError(
                f"the scorer {self.name!r}: the price of no model call in the trace is known; "
                "pip install 'spanloom[cost]', and record the model's name and its tokens"
            )
        return verdict(self, cost <= self.max_cost, f"${cost:.6g} of at most ${self.max_cost:g}.")
