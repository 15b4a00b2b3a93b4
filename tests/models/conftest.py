from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("yaml")

ECHO = """
import spanloom
from spanloom.models import set_model

class Echo(spanloom.ResponsesAgent):
    def predict(self, request):
        text = request.input_items()[-1].content
        return {"output": [self.create_text_output_item(f"echo: {text}", "msg_1")]}

set_model(Echo())
"""


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., Path]:
    """Writes a file of Python code."""

    def write(code: str = ECHO, name: str = "agent.py") -> Path:
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(code))
        return path

    return write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "saved" / "model"
