"""Records as a pandas DataFrame with MLflow's columns."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any, Final

from spanloom.errors import extra_needed

__all__ = ["COLUMNS", "to_frame"]

COLUMNS: Final = (
    "inputs",
    "outputs",
    "expectations",
    "tags",
    "source_type",
    "source_id",
    "source",
    "created_time",
    "dataset_record_id",
)


def to_frame(records: Sequence[dict[str, Any]]) -> Any:
    """Return one row per record; the columns are there without any record, too.

    Raises:
        MissingExtraError: If pandas is not installed.
    """
    with extra_needed("EvaluationDataset.to_df()", "pandas", "pandas"):
        pandas = importlib.import_module("pandas")
    return pandas.DataFrame(list(records), columns=list(COLUMNS))
