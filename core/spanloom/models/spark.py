"""`spark_udf`: a model as a function for columns of Spark."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

from spanloom.errors import ModelError, extra_needed
from spanloom.evaluation.surroundings import surroundings
from spanloom.models.model_file import Model
from spanloom.models.shipping import archive
from spanloom.models.uris import resolve

__all__ = ["spark_udf"]


def spark_udf(
    spark: Any,
    model_uri: str | os.PathLike[str],
    result_type: Any = None,
    env_manager: str = "local",
    params: dict[str, Any] | None = None,
    extra_env: Mapping[str, str] | None = None,
    model_config: Mapping[str, Any] | None = None,
    *,
    allow_pickle: bool = False,
) -> Callable[..., Any]:
    """Make a function for columns out of a model. Every executor's Python process loads the model once.

    What fails at one row is told in that row: in the field `error string` of a struct, if the result type has it, e.g.
    `"ValueError: no such city"`; else the value is null, and the executor's log tells why. Traces are written to the
    store of this process where executors reach it (a server, or a file on the same machine), else there are none.

    Args:
        spark: The session.
        model_uri: A path or URI; see `load_model`. The folder is sent to executors, which need the model's packages.
        result_type: A type, or its DDL such as `"string"` or `"output_text string, usage struct<total_tokens: long>,
            error string"`. A string is the text of an answer; fields of a struct are those of the answer, and
            `output_text` its text; a struct's only field besides `error` may have any name, and is the whole answer.
            By default what the signature says of models with one output, and a string.
        env_manager: `"local"`: the packages that the executors have.
        params: Further parameters of every call, of models whose signature names some.
        extra_env: Environment variables of the executors, set before the model is loaded.
        model_config: See `load_model`.
        allow_pickle: See `load_model`.

    Returns:
        A function of columns or their names: several, or one struct, are the entries of a row, e.g. of a request; one
        of any other type is the value itself, which to an agent is what the user says, or a whole request as JSON.
        Without arguments it takes the signature's columns.

    Raises:
        ModelError: If there is no such model, or the arguments do not fit together.
        MissingExtraError: If PySpark is not installed.

    Example:
        >>> ask = spanloom.models.spark_udf(spark, "models:/weather@prod", "answer string, error string")
        >>> frame.withColumn("said", ask("question")).select("question", "said.*")
    """
    with extra_needed("spark_udf", "spark", "pyspark", "pandas", "pyarrow"):
        from pyspark.sql.functions import struct

        from spanloom.models.spark_batches import BATCH, batch_udf
        from spanloom.models.spark_values import check_type, column_type
        from spanloom.models.spark_worker import Job, answer_batches
    if env_manager != "local":
        raise ModelError(
            f"spark_udf(env_manager={env_manager!r}): expected 'local'; for an environment of the model's own make one "
            "with `spanloom models build-env`, and let PYSPARK_PYTHON name its Python"
        )
    folder = resolve(model_uri)
    signature = Model.load(folder).signature
    columns = [spec["name"] for spec in (signature.inputs if signature else None) or () if spec.get("name")]
    of_driver = replace(surroundings(), exports=False)

    def predict(batches: Any) -> Any:
        return answer_batches(job, batches)

    # What Spark tells kinds of functions apart by; texts, as annotations are here, it could not read.
    predict.__annotations__ = {"batches": Iterator[BATCH], "return": Iterator[BATCH]}
    # Else Spark asks the model once for every field of the answer that a query names.
    udf = batch_udf(predict, column_type(signature) if result_type is None else result_type).asNondeterministic()
    check_type(udf.returnType)
    job = Job(
        archive=_send(spark, folder),
        params=params,
        model_config=model_config,
        allow_pickle=allow_pickle,
        environment=dict(extra_env or {}),
        result_type=udf.returnType,
        surroundings=of_driver,
    )

    @functools.wraps(udf)
    def of_columns(*given: Any) -> Any:
        chosen: Sequence[Any] = given or columns
        if not chosen:
            raise ModelError("the signature of this model names no columns: give them, e.g. predict('question')")
        return udf(chosen[0] if len(given) == 1 else struct(*chosen))

    return of_columns


def _send(spark: Any, folder: Path) -> str:
    try:
        context = spark.sparkContext
    except Exception as error:
        raise ModelError("spark_udf() needs a classic session; one of Spark Connect can't send the model") from error
    temporary = tempfile.mkdtemp(prefix="spanloom-model-")
    atexit.register(shutil.rmtree, temporary, ignore_errors=True)  # executors that start later fetch it, too
    path = archive(folder, Path(temporary, f"spanloom-model-{uuid4().hex}"))
    context.addArchive(str(path))
    return path.name
