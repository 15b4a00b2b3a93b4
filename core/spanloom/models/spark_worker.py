"""The executors' end of `spark_udf`: one model in each of their Python processes."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pyspark import SparkFiles
from pyspark.sql.types import DataType, StructType

from spanloom.evaluation.surroundings import Surroundings
from spanloom.models.load import load_model
from spanloom.models.rows import Answer, RowModel
from spanloom.models.spark_batches import batch_of, rows_of
from spanloom.models.spark_values import spark_value
from spanloom.tracing.pipeline import pipeline
from spanloom.tracing.settings import settings

__all__ = ["Job", "answer_batches"]

logger = logging.getLogger("spanloom")


@dataclass(frozen=True, kw_only=True)
class Job:
    """What an executor is to do.

    Attributes:
        archive: The name of the model's archive; no two jobs have the same.
        params: Further parameters of every call.
        model_config: See `load_model`.
        allow_pickle: See `load_model`.
        environment: Environment variables, set before the model is loaded.
        result_type: The type of an answer.
        surroundings: Of the driver.
    """

    archive: str
    params: dict[str, Any] | None
    model_config: Mapping[str, Any] | None
    allow_pickle: bool
    environment: Mapping[str, str]
    result_type: DataType
    surroundings: Surroundings


_models: dict[str, RowModel] = {}
_loading = threading.Lock()


def answer_batches(job: Job, batches: Iterator[Any]) -> Iterator[Any]:
    """Yield the answers to each batch of rows, as a batch."""
    model = _model(job)
    for batch in batches:
        values = [_value(answer, job.result_type) for answer in model.answers(rows_of(batch))]
        pipeline.flush()  # Spark ends its processes without notice
        yield batch_of(values, job.result_type)


def _model(job: Job) -> RowModel:
    with _loading:
        if job.archive not in _models:
            os.environ.update(job.environment)
            if not job.surroundings.take_over().stored:
                settings.enabled = False  # nobody would ever see what is recorded here
            loaded = load_model(SparkFiles.get(job.archive), job.model_config, allow_pickle=job.allow_pickle)
            _models[job.archive] = RowModel(loaded, job.params)
        return _models[job.archive]


def _value(answer: Answer, kind: DataType) -> Any:
    try:
        return spark_value(answer, kind)
    except BaseException as error:
        logger.warning("spanloom: a row has no answer", exc_info=error)
        return {} if isinstance(kind, StructType) else None
