"""Evaluations and optimizations: what was tried, and what it scored."""

from __future__ import annotations

from collections.abc import Mapping, Sized
from typing import Any, Final

from spanloom_autolog.dspy.calls import OpenCall
from spanloom_autolog.dspy.values import plain

__all__ = [
    "SCORE",
    "best_score",
    "compile_inputs",
    "compile_outputs",
    "evaluation_inputs",
    "evaluation_outputs",
    "score",
]

SCORE: Final = "dspy.score"
"""What an evaluation came to, or the best of an optimization, in percent."""

_PROGRAMS = frozenset({"program", "student", "teacher"})
_DATA_SETS = frozenset({"devset", "testset", "trainset", "valset"})


def evaluation_inputs(evaluate: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is evaluated, how, and on how many examples; what the call does not say the evaluator knows."""
    names = ("program", "metric", "devset", "num_threads", "callback_metadata")
    own = {name: getattr(evaluate, name, None) for name in names}
    return _described({**own, **{name: given[name] for name in names if given.get(name) is not None}})


def evaluation_outputs(result: Any) -> dict[str, Any]:
    """Return the score and those of the examples."""
    rows = [
        {"example": plain(example), "prediction": plain(prediction), "score": plain(points)}
        for example, prediction, points in result.results
    ]
    return {"score": plain(result.score), "results": rows}


def score(call: OpenCall, result: Any) -> dict[str, Any]:
    """Return an evaluation as one score of the optimization that it belongs to."""
    row = {"score": plain(result.score), "examples": len(result.results), "span_id": call.span.span_id}
    return {**row, **call.metadata} if isinstance(call.metadata, Mapping) else row


def compile_inputs(optimizer: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the optimizer, its parameters, the programs, and the sizes of the data."""
    return {
        "optimizer": type(optimizer).__name__,
        "parameters": _described(optimizer.get_params()),
        **_described({**given, **(given.get("kwargs") or {})}),
    }


def compile_outputs(call: OpenCall, program: Any) -> dict[str, Any]:
    """Return the scores in the order in which they came and, of the outermost optimization, the program it made."""
    found: dict[str, Any] = {"program": type(program).__name__, "scores": call.scores}
    candidates = _candidates(program)
    if candidates:
        found["candidates"] = candidates
    if program is not None and call.enclosing("compile") is None:
        # Instructions and demonstrations, by predictor; keys of models are left out by DSPy.
        found["state"] = program.dump_state()
    return found


def best_score(call: OpenCall) -> float | None:
    """Return the best score of an optimization so far."""
    scores = [row["score"] for row in call.scores if isinstance(row["score"], int | float)]
    return max(scores) if scores else None


def _candidates(program: Any) -> list[dict[str, Any]]:
    """Return what the optimizer itself says of its candidates; the programs are left out."""
    programs = getattr(program, "candidate_programs", None) or ()
    found = [_scalars(each) for each in programs if isinstance(each, Mapping)]
    # GEPA says it in another way.
    scores = getattr(getattr(program, "detailed_results", None), "val_aggregate_scores", None)
    return found or [{"score": each} for each in scores or ()]


def _scalars(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if isinstance(value, str | int | float)}


def _described(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what can be said in a line: plain values, names of programs and functions, sizes of data."""
    found = _scalars(values)
    for name, value in values.items():
        if name in _DATA_SETS and isinstance(value, Sized):
            found[f"{name}_size"] = len(value)
        elif name in _PROGRAMS and value is not None:
            found[name] = type(value).__name__
        elif name == "metric" and value is not None:
            found[name] = getattr(value, "__name__", type(value).__name__)
        elif name == "callback_metadata" and value:
            found[name] = value
    return found
