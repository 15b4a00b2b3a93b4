"""`spanloom.evaluate`: run an agent on examples and score what it answers."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from spanloom.errors import EvaluationError, NotFoundError
from spanloom.evaluation import records
from spanloom.evaluation.criteria import PassCriteria, check_criteria, failures
from spanloom.evaluation.data import rows_of
from spanloom.evaluation.datasets.dataset import EvaluationDataset
from spanloom.evaluation.engine import Engine, find_engine
from spanloom.evaluation.metrics import metrics_of
from spanloom.evaluation.predict import Predict, predict_for
from spanloom.evaluation.progress import progress_bar
from spanloom.evaluation.recorder import log_scores
from spanloom.evaluation.result import EvaluationResult
from spanloom.evaluation.row import Row, RowResult
from spanloom.evaluation.row_work import RowWork
from spanloom.evaluation.scoring import Scorer
from spanloom.tracking.active import active_run, start_run
from spanloom.tracking.metrics import log_metrics
from spanloom.tracking.run import Run
from spanloom.tracking.tags import set_tags

__all__ = ["evaluate"]

_RUN_TAGS = {"spanloom.runType": "evaluation"}


def evaluate(
    data: Any,
    scorers: Sequence[Scorer],
    predict_fn: Any = None,
    *,
    model_id: str | None = None,
    max_workers: int = 10,
    run_name: str | None = None,
    resume: str | None = None,
    engine: str | Engine | None = None,
    pass_criteria: PassCriteria | None = None,
) -> EvaluationResult:
    """Run an agent on every row of the data, and score what it answers.

    Each row has a trace, on which the scores are feedback and what is expected are expectations. Traces and metrics are
    linked to a run: the active one, unless that has an evaluation already, else one of its own. What fails on a row is
    part of the result, and never ends the evaluation. A call that was refused with HTTP status 429 is repeated, after
    the time that the provider asks for.

    Args:
        data: A list of dictionaries with `inputs` (the arguments of `predict_fn` by name), and perhaps `outputs`,
            `expectations`, `trace` and `tags`; or a pandas DataFrame with these columns; a dataset; a list of traces,
            also as `search_traces` gives them.
        scorers: What scores the answers; see `scorer`.
        predict_fn: What answers: a function, plain or `async`, called with the inputs by name; a standard agent, or
            any native agent that `wrap` knows, whose inputs are a request such as `{"input": "Hello"}`. Not needed if
            the rows have outputs or traces; if they have, they are answered anew.
        model_id: The model that is evaluated, noted with the run.
        max_workers: How many rows are worked on at once.
        run_name: What people call the run; it is one of its own then, nested in the active one.
        resume: The id of a run that was interrupted: rows that have an answer there are not run again, and those that
            the data has no longer are forgotten.
        engine: Where rows are worked on: `"ray"`, or threads of this process.
        pass_criteria: What metrics must be, e.g. `{"correct/mean": ">= 0.9", "rows/failed": "== 0"}`.

    Returns:
        The metrics, the rows and whether they pass.

    Raises:
        EvaluationError: If data, scorers and function do not fit together; nothing has run then.
        KeyboardInterrupt: After Ctrl-C; what was done is kept, and a note says how to go on.
        NotFoundError: If there is no run to resume.
        StoreError: If the store can't be read or written; what was done before is kept, and a note says how to go on.

    Example:
        >>> @spanloom.scorer
        ... def exact_match(outputs, expectations):
        ...     return outputs == expectations["expected_response"]
        >>> data = [{"inputs": {"question": "2 + 2?"}, "expectations": {"expected_response": "4"}}]
        >>> spanloom.evaluate(data, [exact_match], lambda question: "4").metrics["exact_match/mean"]
        1.0
    """
    rows = rows_of(data)
    scorers = _checked(scorers)
    predict = _predict(predict_fn, rows)
    if not isinstance(max_workers, int) or max_workers < 1:
        raise EvaluationError(f"evaluate(max_workers={max_workers!r}): expected a whole number, 1 or more")
    check_criteria(pass_criteria if pass_criteria is not None else {}, scorers)
    chosen = find_engine(engine, max_workers)
    done = _kept(resume, rows, scorers)
    tags = _RUN_TAGS | ({"spanloom.model_id": model_id} if model_id else {}) | _dataset_tags(data)
    with _run_for(resume, run_name, tags, [scorer.name for scorer in scorers], pass_criteria) as run:
        run_id, name = run.info.run_id, run.info.run_name
        with _note_on_resuming(run_id, done, rows):
            results = _run(run_id, chosen, rows, predict, scorers, done)
            metrics = metrics_of(results, scorers)
            reason = _reason(failures(pass_criteria, metrics, results))
            log_metrics(metrics)
            records.end(run_id, metrics, passed=not reason, reason=reason)
    return EvaluationResult(
        run_id=run_id,
        run_name=name,
        metrics=metrics,
        rows=results,
        passed=not reason,
        reason=reason,
        pass_criteria=dict(pass_criteria) if pass_criteria is not None else None,
    )


@contextmanager
def _run_for(
    resume: str | None,
    run_name: str | None,
    tags: Mapping[str, Any],
    scorers: Sequence[str],
    pass_criteria: PassCriteria | None,
) -> Iterator[Run]:
    """Give the run of an evaluation that begins, or goes on: the active one, as in MLflow, or one of its own."""
    active = active_run()
    begin = partial(records.begin, scorers=scorers, pass_criteria=pass_criteria, resumed=resume is not None)
    fits = active is not None and (run_name is None if resume is None else resume == active.info.run_id)
    if active is not None and fits and begin(active.info.run_id, active.info.run_name):
        set_tags(tags)
        yield active
        return
    with start_run(run_id=resume, run_name=run_name, nested=True, tags=tags) as run:
        begin(run.info.run_id, run.info.run_name)
        yield run


def _dataset_tags(data: Any) -> dict[str, Any]:
    if not isinstance(data, EvaluationDataset):
        return {}
    return {f"spanloom.dataset.{name}": getattr(data, name) for name in ("name", "version", "digest")}


def _checked(scorers: Any) -> list[Scorer]:
    if not isinstance(scorers, Scorer | Iterable):
        raise EvaluationError(f"evaluate(scorers={scorers!r}): expected a list of scorers, e.g. [exact_match]")
    found = [scorers] if isinstance(scorers, Scorer) else list(scorers)
    for scorer in found:
        if isinstance(scorer, type) and issubclass(scorer, Scorer):
            raise EvaluationError(f"evaluate() takes scorers, not their classes: write {scorer.__name__}()")
        if not isinstance(scorer, Scorer):
            name = getattr(scorer, "__name__", type(scorer).__name__)
            raise EvaluationError(f"evaluate(): {name!r} is no scorer; decorate the function with @spanloom.scorer")
        _ = scorer.parameters
        scorer.check_name(scorer.name)
    names = [scorer.name for scorer in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise EvaluationError(f"evaluate(): two scorers are called {twice[0]!r}; give one another name with name=")
    return found


def _predict(predict_fn: Any, rows: Sequence[Row]) -> Predict | None:
    if predict_fn is None:
        bare = next((row.position for row in rows if not row.has_outputs), None)
        if bare is not None:
            raise EvaluationError(
                f"evaluate(): row {bare} has neither outputs nor a trace; give predict_fn to answer it"
            )
        return None
    predict = predict_for(predict_fn)
    predict.check(rows)
    return predict


def _kept(resume: str | None, rows: Sequence[Row], scorers: Sequence[Scorer]) -> dict[str, RowResult]:
    """Return what a former run has of these rows, by their keys; rows without an answer are tried again."""
    if resume is None:
        return {}
    record = records.find(resume)
    if record is None:
        raise NotFoundError(f"evaluate(resume={resume!r}): the store has no evaluation of this run")
    names = [scorer.name for scorer in scorers]
    if sorted(record.scorers) != sorted(names):
        raise EvaluationError(
            f"evaluate(resume={resume!r}): the scorers were {record.scorers} and are {names}; "
            "a run goes on with the same ones"
        )
    records.keep_only(resume, {row.key: row.position for row in rows})
    return {row.key: row for row in records.load_rows(resume) if row.error is None}


@contextmanager
def _note_on_resuming(run_id: str, done: Mapping[str, RowResult], rows: Sequence[Row]) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        if done:
            error.add_note(f"{len(done)} of {len(rows)} rows are kept; go on with evaluate(..., resume={run_id!r})")
        raise


def _run(
    run_id: str,
    engine: Engine,
    rows: Sequence[Row],
    predict: Predict | None,
    scorers: Sequence[Scorer],
    done: dict[str, RowResult],
) -> list[RowResult]:
    """Work on the rows that are not done yet, and add them to those that are."""
    missing = [row for row in rows if row.key not in done]
    stopped = threading.Event()
    try:
        with progress_bar(len(rows), len(done)) as advance:
            for arrived in engine.run(missing, RowWork(run_id, predict, scorers, stopped)) if missing else ():
                if not arrived:
                    continue
                logged = log_scores(run_id, arrived)
                records.put_rows(run_id, logged)
                done |= {result.key: result for result in logged}
                advance(len(logged))
    finally:
        stopped.set()
    return [done[row.key] for row in rows]


def _reason(found: Sequence[str]) -> str:
    if len(found) <= 1:
        return "".join(found)
    return f"{len(found)} assertions failed:\n" + "\n".join(f"  - {text}" for text in found)
