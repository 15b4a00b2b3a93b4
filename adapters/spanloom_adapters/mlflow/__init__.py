"""Agents for MLflow: whatever `spanloom.wrap` knows, as an `mlflow.pyfunc.ResponsesAgent`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from spanloom.errors import extra_needed

if TYPE_CHECKING:
    from spanloom_adapters.mlflow.responses_agent import MlflowResponsesAgent

__all__ = ["to_mlflow"]


def to_mlflow(agent: Any) -> MlflowResponsesAgent:
    """Return an agent as one that MLflow logs, loads, serves and evaluates.

    Log it from code: a script that ends with `mlflow.models.set_model(to_mlflow(agent))`, whose path goes to
    `mlflow.pyfunc.log_model(python_model=...)`. Agents hold connections, locks and event loops, which can't be pickled.

    Args:
        agent: A standard agent, or a native one that `spanloom.wrap` knows.

    Raises:
        AdapterNotFoundError: If nobody knows the agent.
        MissingExtraError: If MLflow is not installed.

    Example:
        >>> mlflow.models.set_model(to_mlflow(create_agent("openai:gpt-5-mini", tools=[weather])))
    """
    import spanloom

    with extra_needed("to_mlflow()", "mlflow", "mlflow"):
        from spanloom_adapters.mlflow.responses_agent import MlflowResponsesAgent

    return MlflowResponsesAgent(spanloom.wrap(agent))
