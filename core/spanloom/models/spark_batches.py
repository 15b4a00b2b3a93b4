"""Batches of rows as Spark hands them to Python: Arrow arrays; before PySpark 4.1 pandas, where null makes 1 be 1.0."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
import pyarrow as pa
from pyspark.sql import functions
from pyspark.sql.types import DataType, StructType

from spanloom.models.frames import all_cells, is_frame, plain

__all__ = ["BATCH", "batch_of", "batch_udf", "rows_of"]

_IS_ARROW: Final = hasattr(functions, "arrow_udf")

BATCH: Final[Any] = pa.Array if _IS_ARROW else pd.Series
"""The type by which Spark knows a function of batches."""

batch_udf: Final[Any] = functions.arrow_udf if _IS_ARROW else functions.pandas_udf
"""Makes a function of batches one of columns."""


def rows_of(batch: Any) -> list[Any]:
    """Return the rows of a batch as plain values: dictionaries if it is of structs. `None` is null."""
    if not _IS_ARROW:
        return all_cells(batch) if is_frame(batch) else [row["0"] for row in all_cells(batch.to_frame("0"))]
    # In a struct, and only there, pandas keeps null apart from NaN.
    rows = pa.StructArray.from_arrays([batch], ["0"]).to_pandas(integer_object_nulls=True, maps_as_pydicts="lossy")
    return [plain(row["0"]) for row in rows]


def batch_of(values: list[Any], kind: DataType) -> Any:
    """Return values of a Spark type as a batch."""
    if _IS_ARROW:
        from pyspark.sql.pandas.types import to_arrow_type

        return pa.array(values, to_arrow_type(kind))
    if isinstance(kind, StructType):
        return pd.DataFrame(values, columns=kind.names, dtype=object)
    return pd.Series(values, dtype=object)
