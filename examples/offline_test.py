"""An agent tested without network: `pip install 'spanloom[openai]' pytest`, then `python examples/offline_test.py`.

Or `pytest examples/offline_test.py`. The model is a scripted one here; what it answered is recorded, and the test is
answered from the record when the server is gone. In a project, the record is made once and kept in git.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import openai

import spanloom
from spanloom.testing import ProviderServer, Reply, ToolCall

TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}
SCRIPT = [Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"})]), Reply("Take an umbrella.")]


@spanloom.trace(span_type=spanloom.SpanType.TOOL)
def get_weather(city: str) -> str:
    """Look out of the window, which a test should not."""
    print("  (the tool runs)")
    return f"Rain in {city}"


def ask(client: openai.OpenAI, question: str) -> str:
    """Answer a question by as many calls of the model and its tool as it takes."""
    messages = [{"role": "user", "content": question}]
    while True:
        completion = client.chat.completions.create(model="gpt-5-mini", messages=messages, tools=[TOOL])
        message = completion.choices[0].message
        if not message.tool_calls:
            return message.content or ""
        messages.append(message.model_dump(exclude_none=True))
        for call in message.tool_calls:
            result = get_weather(**json.loads(call.function.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})


def record(cassette: Path) -> None:
    """Ask a model, and keep what it answers; once, by hand, with a real one."""
    with (
        ProviderServer(SCRIPT) as server,
        openai.OpenAI(base_url=server.base_url, api_key="unused") as client,
        spanloom.record(cassette),
    ):
        print("recorded:", ask(client, "What should I wear in Paris?"))


def test_the_agent_advises_to_take_an_umbrella(tmp_path: Path) -> None:
    """Ask again: no server runs, no tool runs, and the key is none."""
    cassette = tmp_path / "umbrella.jsonl"
    record(cassette)
    with spanloom.replay(cassette) as report, openai.OpenAI(api_key="none") as client:
        assert "umbrella" in ask(client, "What should I wear in Paris?")
    assert not report.changed, report
    print("replayed:", report)


def test_another_question_is_refused(tmp_path: Path) -> None:
    """Ask something else: the error says what changed."""
    cassette = tmp_path / "umbrella.jsonl"
    record(cassette)
    try:
        with spanloom.replay(cassette), openai.OpenAI(api_key="none") as client:
            ask(client, "What should I wear in Oslo?")
    except openai.NotFoundError as error:
        message = error.response.json()["error"]["message"]
    assert "'What should I wear in Paris?' became 'What should I wear in Oslo?'" in message
    print("refused: ", message)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        test_the_agent_advises_to_take_an_umbrella(Path(folder))
        test_another_question_is_refused(Path(folder))
