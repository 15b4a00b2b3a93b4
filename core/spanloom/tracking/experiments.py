"""Experiments by MLflow's functions. One is its name: nothing has to be made before something is filed under it."""

from __future__ import annotations

from spanloom.errors import SpanloomError
from spanloom.tracing.configuration import Experiment

__all__ = ["create_experiment", "get_experiment", "get_experiment_by_name"]


def create_experiment(name: str) -> str:
    """Return the id of the experiment of this name, which is the name. It need not be made, and may be there already.

    Raises:
        SpanloomError: If the name is empty.

    Example:
        >>> with spanloom.start_run(experiment_id=spanloom.create_experiment("support-agent")):
        ...     spanloom.log_param("temperature", 0.2)
    """
    return get_experiment(name).experiment_id


def get_experiment(experiment_id: str) -> Experiment:
    """Return the experiment of this id, which is its name; never `None`, for every name is one.

    Raises:
        SpanloomError: If the name is empty.
    """
    if not experiment_id:
        raise SpanloomError(f"experiment {experiment_id!r}: expected a name")
    return Experiment(experiment_id)


def get_experiment_by_name(name: str) -> Experiment:
    """Return the experiment of this name. See `get_experiment`."""
    return get_experiment(name)
