"""From several judgements to one."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import Any

import orjson

from spanloom.evaluation.aggregation import number_of
from spanloom.evaluation.judges.answer_format import Judgement

__all__ = ["decide"]


def decide(votes: Sequence[Judgement]) -> Judgement:
    """Return the judgement of all.

    Numbers: their mean, with the rationale of the vote that is nearest to it. Anything else: what most said, with the
    first rationale for it. A tie of booleans or yes/no is `False` or `no`, for doubt is no pass; of other values, the
    one that was said first.

    Example:
        >>> decide([Judgement("yes", "it is"), Judgement("no", "not quite"), Judgement("no", "wrong")])
        Judgement(value='no', rationale='not quite')
    """
    if len(votes) == 1:
        return votes[0]
    values = [vote.value for vote in votes]
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        mean = fmean(values)
        return Judgement(mean, min(votes, key=lambda vote: abs(vote.value - mean)).rationale)
    counts: dict[bytes, list[Judgement]] = {}
    for vote in votes:
        counts.setdefault(orjson.dumps(vote.value, option=orjson.OPT_SORT_KEYS), []).append(vote)
    most = max(map(len, counts.values()))
    best = [said[0] for said in counts.values() if len(said) == most]
    return next((vote for vote in best if _fails(vote.value)), best[0])


def _fails(value: Any) -> bool:
    return isinstance(value, bool | str) and number_of(value) == 0.0
