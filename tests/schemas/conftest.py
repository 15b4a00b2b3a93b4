from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

_GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="session")
def golden() -> Callable[[str], Any]:
    """Bodies captured from MLflow 3.17.2, by name; read afresh, so that no test sees another's changes."""
    return lambda name: json.loads((_GOLDEN / f"{name}.json").read_text())
