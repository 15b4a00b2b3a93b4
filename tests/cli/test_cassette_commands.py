from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

HEAD = {"spanloom_cassette": 1}
QUESTION = {"model": "gpt-5-mini", "messages": [{"role": "user", "content": "The weather?"}]}
CALL = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'}}


def of_model(body: Any, request: Any = QUESTION, status: int = 200, **response: Any) -> dict[str, Any]:
    answer = {"status": status, "headers": {}, **(response or {"json": body})}
    return {"kind": "http", "name": "POST /v1/x", "request": request, "response": answer}


def of_tool(**response: Any) -> dict[str, Any]:
    return {"kind": "tool", "name": "get_weather", "request": {"city": "Paris"}, "response": response}


@pytest.fixture
def shown(invoke: Callable[..., Any], tmp_path: Path) -> Callable[..., list[str]]:
    """Show calls; each line of the table by its cells."""

    def show(*calls: dict[str, Any]) -> list[str]:
        path = tmp_path / "calls.jsonl"
        lines = [HEAD, *({"number": number, **call} for number, call in enumerate(calls, start=1))]
        path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        return invoke("cassettes", "show", str(path)).stdout.splitlines()

    return show


def test_calls_are_shown_below_the_tool_that_made_them(shown: Callable[..., list[str]]) -> None:
    summary, head, *rows = shown(of_tool(value="sunny"), {**of_model({}), "within": 1}, of_model({}))
    assert summary == "3 calls: 2 over HTTP, 1 of tools"
    assert head.split() == ["#", "CALL", "ASKED", "ANSWERED"]
    assert rows[0].split() == ["1", "get_weather", '{"city":"Paris"}', "sunny"]
    assert rows[1].startswith("2    POST /v1/x  ")
    assert rows[2].startswith("3  POST /v1/x  ")
    assert "gpt-5-mini: The weather?" in rows[2]


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        (of_model({"choices": [{"message": {"role": "assistant", "content": "Sunny."}}]}), "200 Sunny."),
        (
            of_model({"choices": [{"message": {"role": "assistant", "tool_calls": [CALL]}}]}),
            '200 get_weather({"city":"Paris"})',
        ),
        (
            of_model({"output": [{"type": "message", "role": "assistant", "content": [{"text": "Sunny."}]}]}),
            "200 Sunny.",
        ),
        (of_model({"role": "assistant", "content": [{"type": "text", "text": "Sunny."}]}), "200 Sunny."),
        (of_model({"data": [1]}, {"model": "embed", "input": [["a"]]}), '200 {"data":[1]}'),
        (of_model({"error": "slow down"}, status=429), '429 {"error":"slow down"}'),
        (of_model(None, events=["data: 1", "data: 2"]), "200, a stream of 2 events"),
        (of_model(None, None, text="hello"), "200 hello"),
        (of_model(None, None, base64="AA=="), "200 binary data"),
        (of_tool(value=None), "null"),
        (of_tool(error={"type": "m:NoCity", "message": "Atlantis", "args": None}), "raised NoCity: Atlantis"),
        (of_tool(unstorable="m:Opaque"), "a m:Opaque, which could not be recorded"),
    ],
)
def test_what_was_answered_is_shown(shown: Callable[..., list[str]], call: dict[str, Any], answer: str) -> None:
    assert shown(call)[-1].endswith(f"  {answer}")


def test_a_cassette_is_shown_as_json(invoke: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    line = {"number": 1, **of_tool(value="sunny")}
    path.write_text(f"{json.dumps(HEAD)}\n{json.dumps(line)}\n")
    assert json.loads(invoke("cassettes", "show", str(path), "--json").stdout) == [line]


def test_a_cassette_without_calls_is_shown(shown: Callable[..., list[str]]) -> None:
    assert shown() == ["0 calls: 0 over HTTP, 0 of tools"]


def test_a_file_that_is_no_cassette_is_told(invoke: Callable[..., Any], tmp_path: Path) -> None:
    refused = invoke("cassettes", "show", str(tmp_path / "none.jsonl"))
    assert refused.exit_code == 1
    assert "there is no cassette" in refused.stderr
