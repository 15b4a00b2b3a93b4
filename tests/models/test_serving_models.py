"""`spanloom models serve` in a process of its own, called with the official client and plain HTTP."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

pytest.importorskip("fastapi")
pytest.importorskip("typer")
openai = pytest.importorskip("openai")

from serve_command import Command, served  # noqa: E402 - tests/serving is on the path

import spanloom  # noqa: E402
from spanloom.models import log_model, save_model, set_registered_model_alias  # noqa: E402
from spanloom.testing import outline  # noqa: E402

ECHO = """
import spanloom
from spanloom.models import set_model

class Echo(spanloom.ResponsesAgent):
    name = "echo"

    async def apredict_stream(self, request):
        text = f"{PREFIX}: {request.input_items()[-1].content}"
        for part in text.partition(" "):
            yield self.create_text_delta(part, "msg_1")
        yield {"type": "response.output_item.done", "item": self.create_text_output_item(text, "msg_1")}

set_model(Echo())
"""
CHAT = """
import spanloom
from spanloom.models import set_model

class Words(spanloom.ChatAgent):
    def predict_stream(self, messages, context=None, custom_inputs=None):
        for number, word in enumerate(messages[-1].content.split()):
            yield {"delta": {"role": "assistant", "content": word, "id": f"msg_{number}"}}

set_model(Words())
"""
COUNT = """
from spanloom.models import set_model

def count(questions: list[str]) -> list[int]:
    return [len(question) for question in questions]

set_model(count)
"""
SPELL = """
from spanloom.models import PythonModelContext, set_model
import spanloom

class Spell(spanloom.PythonModel):
    def load_context(self, context: PythonModelContext):
        with open(context.artifacts["ending"]) as file:
            self.ending = file.read()

    async def predict(self, context, model_input, params=None):
        return {"spelled": " ".join(model_input["word"]) + self.ending}

    async def predict_stream(self, context, model_input, params=None):
        for letter in model_input["word"]:
            yield {"letter": letter}

set_model(Spell())
"""


def client_of(command: Command) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{command.url}/v1", api_key="unused")


def lines_of(text: str) -> list[str]:
    return [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")]


def test_an_alias_is_served_by_its_model_s_name_and_stays_what_it_was(tmp_path: Path, script, store):
    first = log_model("agent", script(f'PREFIX = "first"\n{ECHO}'), registered_model_name="support")
    second = log_model("agent", script(f'PREFIX = "second"\n{ECHO}'), registered_model_name="support")
    set_registered_model_alias("support", "prod", first.registered_model_version)
    spanloom.flush()
    place = f"sqlite:///{store}"
    arguments = ("models:/support@prod", "--workers", "2")
    with served(tmp_path, *arguments, command="models serve", SPANLOOM_STORE=place) as command:
        set_registered_model_alias("support", "prod", second.registered_model_version)
        with client_of(command) as client:
            assert [model.id for model in client.models.list()] == ["support"]
            assert client.responses.create(model="support", input="hi").output_text == "first: hi"
            with client.responses.stream(model="support", input="hi there") as stream:
                deltas = [event.delta for event in stream if event.type == "response.output_text.delta"]
                assert deltas == ["first:", " ", "hi there"]
            messages = [{"role": "user", "content": "hi"}]
            answer = client.chat.completions.create(model="support", messages=messages)
            assert answer.choices[0].message.content == "first: hi"
        assert command.end() == 0
    traces = spanloom.search_traces()
    assert {outline(trace) for trace in traces} == {"AGENT echo"}
    assert {trace.info.trace_metadata["spanloom.model_id"] for trace in traces} == {first.model_id}


def test_models_of_all_kinds_are_served_together(tmp_path: Path, script):
    ending = tmp_path / "ending.txt"
    ending.write_text("!")
    save_model(tmp_path / "chat", script(CHAT))
    save_model(tmp_path / "count", script(COUNT))
    save_model(tmp_path / "spell", script(SPELL), artifacts={"ending": ending})
    with served(tmp_path, "words=chat", "count", "spell", command="models serve") as command:
        info = httpx.get(f"{command.url}/agent/info", trust_env=False).json()
        assert [(agent["name"], agent["agent_api"]) for agent in info["agents"]] == [
            ("words", "chat"),
            ("count", "json"),
            ("spell", "json"),
        ]
        body = {"model": "words", "messages": [{"role": "user", "content": "good morning"}]}
        answer = command.post("/invocations", **body).json()
        assert [message["content"] for message in answer["messages"]] == ["good", "morning"]
        assert len(lines_of(command.post("/invocations", **body, stream=True).text)) == 3  # two words, and the end
        answer = command.post("/invocations", model="count", inputs=["a", "four"])
        assert answer.json()["predictions"] == [1, 4]
        answer = command.post("/invocations", model="count", inputs=["a", 4])
        assert answer.status_code == 400
        assert "[1]: should be a valid string" in answer.json()["error"]["message"]
        assert command.post("/invocations", model="spell", word="cat").json()["spelled"] == "c a t!"
        streamed = command.post("/invocations", model="spell", inputs={"word": "ab"}, stream=True).text
        assert lines_of(streamed)[:2] == ['{"predictions":{"letter":"a"}}', '{"predictions":{"letter":"b"}}']
        refused = command.post("/invocations", model="count", inputs=["a"], stream=True)
        assert (refused.status_code, "does not stream" in refused.json()["error"]["message"]) == (400, True)


def test_a_malformed_request_is_the_client_s_mistake(tmp_path: Path, script):
    save_model(tmp_path / "count", script(COUNT))
    with served(tmp_path, "count", command="models serve") as command:
        for body in (
            {"inputs": ["a"], "params": 5},
            {"inputs": ["a"], "instances": ["b"]},
            {"dataframe_split": {"columns": [1], "data": 5}},
            {"dataframe_records": [1]},
        ):
            answer = command.post("/invocations", **body)
            assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error"), body


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["models:/nothing@prod"], "the store holds no registered model 'nothing'"),
        (["saved"], "needs the module 'no_such_package', neither among its code nor installed: pip install -r"),
    ],
)
def test_what_cannot_be_served_is_told_in_one_line(tmp_path: Path, script, arguments, told):
    save_model(tmp_path / "saved", script(COUNT))
    module = tmp_path / "saved" / "agent.py"
    module.write_text(f"import no_such_package\n{COUNT}")
    (tmp_path / "saved" / "files.sha256").unlink()
    command = Command(tmp_path, *arguments, command="models serve")
    assert command.wait() == 1
    assert "Traceback" not in "".join(command.said)
    assert command.said[-1].startswith("Error: ")
    assert told in command.said[-1]
