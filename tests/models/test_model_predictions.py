"""`spanloom models predict` and `build-env` in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import orjson
import pytest

pytest.importorskip("typer")

from spanloom.models import save_model

TALKING = """
import spanloom
from spanloom.models import set_model

class Talking(spanloom.ResponsesAgent):
    async def apredict_stream(self, request):
        print("thinking")
        for part in "good ", "morning":
            yield self.create_text_delta(part, "msg_1")
        yield {"type": "response.output_item.done", "item": self.create_text_output_item("good morning", "msg_1")}

set_model(Talking())
"""
COUNT = """
from spanloom.models import set_model

def count(questions: list[str]) -> list[int]:
    return [len(question) for question in questions]

set_model(count)
"""


@pytest.fixture(scope="module")
def talking(tmp_path_factory: pytest.TempPathFactory) -> str:
    return saved(tmp_path_factory.mktemp("talking"), TALKING, input_example={"input": "hi"})


@pytest.fixture(scope="module")
def count(tmp_path_factory: pytest.TempPathFactory) -> str:
    return saved(tmp_path_factory.mktemp("count"), COUNT)


def saved(folder: Path, code: str, **options: Any) -> str:
    (folder / "agent.py").write_text(code)
    save_model(folder / "model", folder / "agent.py", **options)
    return str(folder / "model")


def models(*arguments: str, given: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "spanloom", "models", *arguments]
    return subprocess.run(
        command, input=given, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SPANLOOM_STORE", f"sqlite:///{store}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.parametrize("how", [[], ["--stream"]])
def test_the_text_of_an_agent_s_answer_is_printed_and_what_its_code_prints_is_not(talking, how):
    said = models("predict", talking, *how)
    assert (said.returncode, said.stdout) == (0, "good morning\n")
    assert "thinking" in said.stderr


def test_each_part_of_a_stream_is_a_line_of_json(talking):
    said = models("predict", talking, "--stream", "--json")
    events = [orjson.loads(line) for line in said.stdout.splitlines()]
    assert "".join(event["delta"] for event in events if event["type"].endswith("text.delta")) == "good morning"


def test_the_answer_of_another_model_is_json(count, tmp_path):
    (tmp_path / "questions.json").write_text('["a", "four"]')
    said = models("predict", count, "--input", f"@{tmp_path}/questions.json")
    assert orjson.loads(said.stdout) == [1, 4]
    assert orjson.loads(models("predict", count, "--input", "-", given='["abc"]').stdout) == [3]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--input", '["a", 4]'], "[1]: should be a valid string"),
        (["--input", "[a"], "expected JSON, @FILE with JSON in it, or - for standard input"),
        (["--input", "null"], "null is no input"),
        ([], "this model was saved without an input example: say what it is to be asked (--input JSON)"),
        (["--input", '["a"]', "--stream"], "this model does not stream"),
    ],
)
def test_what_is_wrong_is_told_without_a_traceback(count, arguments, told):
    said = models("predict", count, *arguments)
    assert (said.returncode, said.stdout) == (1, "")
    assert said.stderr.startswith("Error: ")
    assert told in said.stderr
