"""Found runs as a pandas DataFrame with MLflow's columns."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any, Final

from spanloom.errors import extra_needed
from spanloom.tracking.run import Run

__all__ = ["to_frame"]

_INFO: Final = ("run_id", "experiment_id", "status", "artifact_uri", "start_time", "end_time")


def to_frame(runs: Sequence[Run]) -> Any:
    """Return a DataFrame with one row per run, and one column per metric, param and tag that any of them has.

    Raises:
        MissingExtraError: If pandas is not installed.
    """
    with extra_needed("search_runs(output_format='pandas')", "pandas", "pandas"):
        pandas = importlib.import_module("pandas")  # its type stubs are a package of their own
    columns: dict[str, Any] = {name: [getattr(run.info, name) for run in runs] for name in _INFO}
    for name in ("start_time", "end_time"):
        columns[name] = pandas.to_datetime(columns[name], unit="ms", utc=True)
    for kind, missing in (("metrics", float("nan")), ("params", None), ("tags", None)):
        values = [getattr(run.data, kind) for run in runs]
        for key in sorted({key for found in values for key in found}):
            columns[f"{kind}.{key}"] = [found.get(key, missing) for found in values]
    return pandas.DataFrame(columns)
