from __future__ import annotations

import os

os.environ["SPANLOOM_STRICT"] = "1"

from collections.abc import Iterator
from pathlib import Path

import pytest

import spanloom
from spanloom.testing import reset


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def store(tmp_path: Path) -> Iterator[Path]:
    """Every test has a store of its own, and leaves the process as it found it."""
    path = tmp_path / "spanloom.db"
    spanloom.configure(store=f"sqlite:///{path}")
    yield path
    reset()
