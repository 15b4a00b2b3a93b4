"""What a run is, with MLflow's attribute names."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

__all__ = ["Metric", "Run", "RunData", "RunInfo", "RunList", "RunStatus", "json_number"]


class RunStatus(StrEnum):
    """How far a run is."""

    RUNNING = "RUNNING"
    SCHEDULED = "SCHEDULED"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"


@dataclass(frozen=True, slots=True)
class Metric:
    """One point of a metric's history.

    Attributes:
        key: Its name.
        value: May be infinite or not a number.
        timestamp: Unix milliseconds.
        step: Whatever the run counts: batches, epochs, rows.
    """

    key: str
    value: float
    timestamp: int
    step: int


@dataclass(frozen=True, slots=True)
class RunInfo:
    """Facts about a run as a whole.

    Attributes:
        run_id: 32 hex digits; a later run has a greater one.
        run_name: What people call it.
        experiment_id: The name of the experiment that it is filed under.
        status: One of `RunStatus`.
        start_time: Unix milliseconds.
        end_time: Unix milliseconds; `None` while it goes on.
        user_id: Who started it.
        artifact_uri: Where its files are.
        parent_run_id: The run that it is nested in.
        lifecycle_stage: Always `"active"`: what is deleted is gone.
    """

    run_id: str
    run_name: str
    experiment_id: str
    status: str
    start_time: int
    end_time: int | None
    user_id: str
    artifact_uri: str
    parent_run_id: str | None = None
    lifecycle_stage: str = "active"


@dataclass(frozen=True, slots=True)
class RunData:
    """What was logged.

    Attributes:
        metrics: The latest value of each: that of the greatest step, and of those the one logged last.
        params: Texts, as they were logged.
        tags: Texts; MLflow's own keys for the name (`mlflow.runName`), the description (`mlflow.note.content`) and the
            parent (`mlflow.parentRunId`).
    """

    metrics: dict[str, float] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """A run as it was when it was read; `spanloom.get_run` reads it again."""

    info: RunInfo
    data: RunData

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for JSON; a metric that is infinite or not a number becomes a text, as in MLflow's REST API.

        Example:
            >>> run.to_dict()["data"]["metrics"]
            {"accuracy": 0.93, "loss": "NaN"}
        """
        document = {"info": asdict(self.info), "data": asdict(self.data)}
        document["data"]["metrics"] = {key: json_number(value) for key, value in self.data.metrics.items()}
        return document

    to_dictionary = to_dict


def json_number(value: float) -> float | str:
    """Return what JSON can hold: `"NaN"`, `"Infinity"` and `"-Infinity"` for what is no number there."""
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else ("Infinity" if value > 0 else "-Infinity")


class RunList(list[Run]):
    """Runs, and the `token` of the page that follows; `None` if none does."""

    def __init__(self, runs: Iterable[Run] = (), token: str | None = None) -> None:
        super().__init__(runs)
        self.token = token
