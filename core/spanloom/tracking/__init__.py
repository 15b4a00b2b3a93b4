"""Runs: what was tried, with which parameters, and what came out of it. Kept beside the traces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spanloom.facade import lazy_attributes

if TYPE_CHECKING:
    from spanloom.tracking.active import ActiveRun as ActiveRun
    from spanloom.tracking.active import active_run as active_run
    from spanloom.tracking.active import end_run as end_run
    from spanloom.tracking.active import last_active_run as last_active_run
    from spanloom.tracking.active import start_run as start_run
    from spanloom.tracking.artifact_logging import get_artifact_uri as get_artifact_uri
    from spanloom.tracking.artifact_logging import log_artifact as log_artifact
    from spanloom.tracking.artifact_logging import log_artifacts as log_artifacts
    from spanloom.tracking.artifact_logging import log_dict as log_dict
    from spanloom.tracking.artifact_logging import log_text as log_text
    from spanloom.tracking.artifact_tables import load_table as load_table
    from spanloom.tracking.artifact_tables import log_table as log_table
    from spanloom.tracking.artifacts import FileInfo as FileInfo
    from spanloom.tracking.artifacts import artifact_location as artifact_location
    from spanloom.tracking.artifacts import download_artifacts as download_artifacts
    from spanloom.tracking.artifacts import list_artifacts as list_artifacts
    from spanloom.tracking.artifacts import load_dict as load_dict
    from spanloom.tracking.artifacts import load_text as load_text
    from spanloom.tracking.artifacts import model_artifacts as model_artifacts
    from spanloom.tracking.artifacts import run_artifacts as run_artifacts
    from spanloom.tracking.experiments import create_experiment as create_experiment
    from spanloom.tracking.experiments import get_experiment as get_experiment
    from spanloom.tracking.experiments import get_experiment_by_name as get_experiment_by_name
    from spanloom.tracking.metrics import get_metric_history as get_metric_history
    from spanloom.tracking.metrics import log_metric as log_metric
    from spanloom.tracking.metrics import log_metrics as log_metrics
    from spanloom.tracking.params import log_param as log_param
    from spanloom.tracking.params import log_params as log_params
    from spanloom.tracking.run import Metric as Metric
    from spanloom.tracking.run import Run as Run
    from spanloom.tracking.run import RunData as RunData
    from spanloom.tracking.run import RunInfo as RunInfo
    from spanloom.tracking.run import RunList as RunList
    from spanloom.tracking.run import RunStatus as RunStatus
    from spanloom.tracking.runs import delete_run as delete_run
    from spanloom.tracking.runs import get_parent_run as get_parent_run
    from spanloom.tracking.runs import get_run as get_run
    from spanloom.tracking.search import search_runs as search_runs
    from spanloom.tracking.tags import delete_tag as delete_tag
    from spanloom.tracking.tags import set_tag as set_tag
    from spanloom.tracking.tags import set_tags as set_tags

_NAMES = {
    "active": ("ActiveRun", "active_run", "end_run", "last_active_run", "start_run"),
    "artifact_logging": ("get_artifact_uri", "log_artifact", "log_artifacts", "log_dict", "log_text"),
    "artifact_tables": ("load_table", "log_table"),
    "artifacts": (
        "FileInfo",
        "artifact_location",
        "download_artifacts",
        "list_artifacts",
        "load_dict",
        "load_text",
        "model_artifacts",
        "run_artifacts",
    ),
    "experiments": ("create_experiment", "get_experiment", "get_experiment_by_name"),
    "metrics": ("get_metric_history", "log_metric", "log_metrics"),
    "params": ("log_param", "log_params"),
    "run": ("Metric", "Run", "RunData", "RunInfo", "RunList", "RunStatus"),
    "runs": ("delete_run", "get_parent_run", "get_run"),
    "search": ("search_runs",),
    "tags": ("delete_tag", "set_tag", "set_tags"),
}
_HOMES = {name: f"spanloom.tracking.{module}" for module, names in _NAMES.items() for name in names}

__all__ = sorted(_HOMES)  # noqa: PLE0605 - the names are strings; a test compares them with the types

__getattr__, __dir__ = lazy_attributes(__name__, _HOMES)
