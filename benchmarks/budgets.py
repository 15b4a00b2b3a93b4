"""The budgets: what spanloom may cost."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["BUDGETS", "Budget"]


@dataclass(frozen=True)
class Budget:
    """A limit on a median.

    Attributes:
        measurement: Name of the measuring module.
        limit: The most allowed: a multiple of what `against` needs, or where that is absent, of the metric itself
            (seconds, where it is a time).
        against: The contender to compare with.
        metric: Which of the numbers that the measurement gives.
    """

    measurement: str
    limit: float
    against: str | None = None
    metric: str = "value"


BUDGETS = (
    Budget("imports", 1.0, against="wrapt"),
    Budget("imports", 1 / 25, against="mlflow"),
    Budget("hot_path", 1 / 3, against="opentelemetry"),
    Budget("hot_path", 1 / 40, against="mlflow"),
    Budget("durable", 1.0, against="opentelemetry"),
    Budget("durable", 1 / 150, against="mlflow"),
    Budget("stream", 2e-6),
    Budget("request", 1 / 1.5, against="mlflow"),
    Budget("response", 1 / 1.5, against="mlflow"),
    Budget("memory", 1.10, metric="growth"),
    Budget("memory", 0, metric="dropped"),
    Budget("evaluation", 1 / 20, against="mlflow"),
    Budget("models", 1 / 2, against="mlflow"),
)
