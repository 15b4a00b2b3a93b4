"""`batch_predict`: one model, many inputs, in threads or on a Ray cluster."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spanloom.errors import ModelError, extra_needed
from spanloom.evaluation.engine import ThreadEngine
from spanloom.evaluation.progress import progress_bar
from spanloom.models.batch_inputs import batch_inputs
from spanloom.models.context import PythonModelContext
from spanloom.models.implementation import implementation_of
from spanloom.models.load import load_model
from spanloom.models.loaded import PyFuncModel
from spanloom.models.model_file import Model
from spanloom.models.rows import RowModel
from spanloom.models.sendable import sendable
from spanloom.models.shipping import Shipped
from spanloom.models.uris import resolve

__all__ = ["Prediction", "batch_predict"]


@dataclass(frozen=True, slots=True)
class Prediction:
    """What came of one input.

    Attributes:
        inputs: What the model was asked.
        outputs: What it answered.
        error: Why there is no answer, e.g. `"ValueError: no such city"`; `None` if there is one.
    """

    inputs: Any
    outputs: Any = None
    error: str | None = None


def batch_predict(
    data: Any,
    model_uri: Any,
    params: dict[str, Any] | None = None,
    *,
    engine: str | None = None,
    max_workers: int = 10,
    model_config: Mapping[str, Any] | None = None,
    allow_pickle: bool = False,
) -> list[Prediction]:
    """Ask a model about many inputs, several at once.

    A call that was refused with HTTP status 429 is repeated, after the time that the provider asks for.

    Args:
        data: A list of inputs; a pandas DataFrame with one in each row; or the path of a file, `.jsonl` with a JSON
            value in each line or `.parquet`. A text is, to an agent, what the user says, or a whole request as JSON.
        model_uri: A path or URI (see `load_model`), or what can be called itself: a loaded model, a standard agent, a
            native agent that `wrap` knows, or a function.
        params: Further parameters of every call, of models whose signature names some.
        engine: Where the model is asked: `"ray"`, the processes of a Ray cluster, each with a model of its own; or
            threads of this process. Traces come to the store of this process.
        max_workers: How many inputs are worked on at once.
        model_config: See `load_model`.
        allow_pickle: See `load_model`.

    Returns:
        The answers, in the order of the inputs. What fails is told there, and never ends the batch.

    Raises:
        ModelError: If there is no such model, engine or file, or the model can't be sent to other processes.
        MissingExtraError: If the engine is not installed.
        EvaluationError: If workers can't load the model.

    Example:
        >>> questions = ["Weather in Paris?", "And in Rome?"]
        >>> predictions = spanloom.models.batch_predict(questions, "models:/weather@prod", max_workers=20)
        >>> pandas.DataFrame(predictions)
    """
    if engine not in _ENGINES:
        raise ModelError(f"batch_predict(engine={engine!r}): expected 'ray' or none")
    if max_workers < 1:
        raise ModelError(f"batch_predict(max_workers={max_workers}): expected 1 or more")
    inputs = batch_inputs(data)
    source = _source(model_uri, model_config, sent=engine is not None, allow_pickle=allow_pickle)
    if not inputs:
        return []
    found: dict[int, Prediction] = {}
    with progress_bar(len(inputs), 0, "Predicting") as advance:
        for arrived in _ENGINES[engine](list(enumerate(inputs)), _Work(source, params), max_workers):
            found |= arrived
            advance(len(arrived))
    return [found[position] for position in range(len(inputs))]


def _source(model: Any, model_config: Any, *, sent: bool, allow_pickle: bool) -> Shipped | PyFuncModel:
    if not isinstance(model, str | os.PathLike):
        return model if isinstance(model, PyFuncModel) else _called(model)
    if sent:
        return Shipped(resolve(model), model_config, allow_pickle=allow_pickle)
    return load_model(model, model_config, allow_pickle=allow_pickle)


def _called(agent: Any) -> PyFuncModel:
    implementation = implementation_of(agent, PythonModelContext({}, {}))
    task = getattr(implementation, "task", None)
    return PyFuncModel(Model(metadata={"task": task} if task else None), implementation, {})


_Item = tuple[int, Any]
_Result = tuple[int, Prediction]


class _Work:
    """Answers one input; in each process that it is sent to, with one model."""

    def __init__(self, source: Shipped | PyFuncModel, params: dict[str, Any] | None, *, is_sent: bool = False) -> None:
        self._is_sent = is_sent
        self._source = source
        self._params = params
        self._model: RowModel | None = None
        if isinstance(source, PyFuncModel):
            self._model = RowModel(source, params)

    def __reduce__(self) -> tuple[Any, ...]:
        return _Work._received, (self._source, self._params)

    @staticmethod
    def _received(source: Shipped | PyFuncModel, params: dict[str, Any] | None) -> _Work:
        # At once: that a model can't be loaded is not the matter of a row.
        return _Work(source.load() if isinstance(source, Shipped) else source, params, is_sent=True)

    def __call__(self, item: _Item) -> _Result:
        position, inputs = item
        assert self._model is not None
        (answer,) = self._model.answers([inputs])
        if answer.error is not None:
            return _failed(item, answer.error)
        if not self._is_sent:
            return position, Prediction(inputs, answer.value)
        try:
            return position, Prediction(inputs, sendable(answer.value))
        except Exception as error:
            return _failed(item, error)


def _failed(item: _Item, error: BaseException) -> _Result:
    position, inputs = item
    return position, Prediction(inputs, error=f"{type(error).__name__}: {error}")


def _in_threads(items: Sequence[_Item], work: _Work, max_workers: int) -> Iterator[list[_Result]]:
    engine: Any = ThreadEngine(max_workers)  # it does not look at what it works on
    found: Iterator[list[_Result]] = engine.run(items, work)
    return found


def _on_ray(items: Sequence[_Item], work: _Work, max_workers: int) -> Iterator[list[_Result]]:
    with extra_needed("batch_predict(engine='ray')", "ray", "ray"):
        from spanloom.evaluation.ray_pool import pickled, work_in_pool
    try:
        data = pickled(work)
    except Exception as error:
        raise ModelError(
            f"this model can't be sent to another process: {type(error).__name__}: {error}. Save it from a script that "
            "calls set_model, and give the path"
        ) from error
    return work_in_pool(items, data, _failed, max_workers)


_ENGINES: dict[str | None, Callable[[Sequence[_Item], _Work, int], Iterator[list[_Result]]]] = {
    None: _in_threads,
    "ray": _on_ray,
}
