"""MLflow keeps its runs and models in one database for all tests: making one takes it seconds."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

if find_spec("mlflow") is None:
    collect_ignore_glob = ["test_*.py"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.filterwarnings(r"ignore:::mlflow(\..*)?"))  # what MLflow does is its own matter


@pytest.fixture(scope="session", autouse=True)
def tracking(tmp_path_factory: pytest.TempPathFactory) -> None:
    import mlflow

    folder = tmp_path_factory.mktemp("tracking")
    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    mlflow.create_experiment("tests", artifact_location=str(folder / "artifacts"))
    mlflow.set_experiment("tests")
    os.environ["MLFLOW_TRACE_SAMPLING_RATIO"] = "0"  # mlflow.tracing.disable() would make log_model wait for ever


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file of Python code."""

    def write(code: str, name: str = "agent.py") -> Path:
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(code))
        return path

    return write
