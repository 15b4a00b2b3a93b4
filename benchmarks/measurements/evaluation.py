"""The evaluation harness, per row: an agent that does nothing, three scorers, 500 rows, all stored in SQLite.

MLflow at its best: with its defaults it stalls, so it gets a pool of 100 connections and no rate limit.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from measurements.contender import main

TITLE = "evaluation, one row"
UNIT = "ms"


def _data(rows: int) -> list[dict[str, Any]]:
    return [{"inputs": {"question": f"q{n}"}, "expectations": {"expected_response": f"a{n}"}} for n in range(rows)]


def _answer(question: str) -> str:
    return f"a{question[1:]}"


def _exact(outputs: str, expectations: dict[str, str]) -> bool:
    return outputs == expectations["expected_response"]


def _length(outputs: str) -> int:
    return len(outputs)


def _not_empty(outputs: str) -> str:
    return "yes" if outputs else "no"


_SCORERS = (_exact, _length, _not_empty)


def _mlflow(quick: bool) -> dict[str, float]:
    os.environ.update(
        MLFLOW_SQLALCHEMYSTORE_POOL_SIZE="100",
        MLFLOW_GENAI_EVAL_PREDICT_RATE_LIMIT="0",
        MLFLOW_GENAI_EVAL_SCORER_RATE_LIMIT="0",
    )
    import mlflow
    from mlflow.genai.scorers import scorer

    mlflow.set_tracking_uri("sqlite:///mlflow.db")
    scorers = [scorer(function) for function in _SCORERS]

    def evaluate(rows: int) -> dict[str, float]:
        result = mlflow.genai.evaluate(data=_data(rows), scorers=scorers, predict_fn=_answer)
        mlflow.flush_trace_async_logging()
        return dict(result.metrics)

    return _measure(evaluate, quick)


def _spanloom(quick: bool) -> dict[str, float]:
    import spanloom

    spanloom.configure(store="sqlite:///spanloom.db")
    scorers = [spanloom.scorer(function) for function in _SCORERS]
    return _measure(lambda rows: spanloom.evaluate(_data(rows), scorers, _answer).metrics, quick)


def _measure(evaluate: Callable[[int], Mapping[str, float]], quick: bool) -> dict[str, float]:
    rows = 100 if quick else 500
    evaluate(5)
    begin = time.perf_counter()
    metrics = evaluate(rows)
    seconds = time.perf_counter() - begin
    if metrics["_exact/mean"] != 1:
        raise SystemExit(f"not every row was scored: {metrics}")
    return {"value": seconds / rows}


CONTENDERS = {"spanloom": _spanloom, "mlflow": _mlflow}

if __name__ == "__main__":
    main(CONTENDERS)
