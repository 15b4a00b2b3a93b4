"""Folders that spanloom saved, loaded and asked by MLflow."""

from __future__ import annotations

import mlflow
import pytest
from mlflow.exceptions import MlflowException

from spanloom.models import save_model
from spanloom.testing import ProviderServer, Reply

RESPONSES = """
import spanloom
from shouting import shout
from spanloom.models import set_model

class Shouter(spanloom.ResponsesAgent):
    async def apredict_stream(self, request):
        text = shout(request.input_items()[-1].content)
        for part in text.partition(" "):
            yield self.create_text_delta(part, "msg_1")
        yield {"type": "response.output_item.done", "item": self.create_text_output_item(text, "msg_1")}

set_model(Shouter())
"""
SHOUTING = """
def shout(text):
    return text.upper()
"""
CHAT = """
import spanloom
from spanloom.models import set_model

class Words(spanloom.ChatAgent):
    async def apredict_stream(self, messages, context=None, custom_inputs=None):
        for word in messages[-1].content.split():
            yield {"delta": {"role": "assistant", "content": word, "id": "msg_1"}}

set_model(Words())
"""
CHAT_MODEL = """
import spanloom
from spanloom.models import set_model

class Model(spanloom.ChatModel):
    def predict(self, context, messages, params):
        return {"choices": [{"index": 0, "message": {"role": "assistant", "content": messages[-1].content[::-1]}}]}

set_model(Model())
"""
FUNCTION = """
from spanloom.models import set_model

async def count(questions: list[str]) -> list[int]:
    return [len(question) for question in questions]

set_model(count)
"""
SPELL = """
import spanloom
from spanloom.models import set_model

class Spell(spanloom.PythonModel):
    def load_context(self, context):
        with open(context.artifacts["ending"]) as file:
            self.ending = file.read()

    def predict(self, context, model_input, params=None):
        return " ".join(model_input["word"]) + self.ending

    async def predict_stream(self, context, model_input, params=None):
        for letter in model_input["word"]:
            yield letter

set_model(Spell())
"""
NATIVE = """
import os
import httpx
from agents import Agent, OpenAIChatCompletionsModel, set_trace_processors
from openai import AsyncOpenAI
from spanloom.models import set_model

set_trace_processors([])
client = AsyncOpenAI(base_url=os.environ["MODEL_URL"], api_key="unused", default_headers={"Connection": "close"})
set_model(Agent("weather_agent", model=OpenAIChatCompletionsModel("gpt-5-mini", client)))
"""
QUESTION = [{"role": "user", "content": "hi there"}]


def deltas_of(events) -> str:
    return "".join(event["delta"] for event in events if event["type"] == "response.output_text.delta")


def test_a_responses_agent(tmp_path, script):
    folder = tmp_path / "model"
    save_model(folder, script(RESPONSES), code_paths=[script(SHOUTING, "shouting.py")])
    model = mlflow.pyfunc.load_model(str(folder))
    assert model.metadata.metadata == {"task": "agent/v1/responses"}
    answer = model.predict({"input": QUESTION})
    assert answer["output"][0]["content"][0]["text"] == "HI THERE"
    assert deltas_of(model.predict_stream({"input": QUESTION})) == "HI THERE"
    with pytest.raises(MlflowException, match="input"):
        model.predict({"messages": QUESTION})


def test_a_chat_agent(tmp_path, script):
    save_model(tmp_path / "model", script(CHAT))
    model = mlflow.pyfunc.load_model(str(tmp_path / "model"))
    assert model.predict({"messages": QUESTION})["messages"][0]["content"] == "hithere"
    parts = list(model.predict_stream({"messages": QUESTION}))
    assert [part["delta"]["content"] for part in parts] == ["hi", "there"]


def test_a_chat_model(tmp_path, script):
    save_model(tmp_path / "model", script(CHAT_MODEL))
    model = mlflow.pyfunc.load_model(str(tmp_path / "model"))
    assert model.predict({"messages": QUESTION})["choices"][0]["message"]["content"] == "ereht ih"


def test_an_async_function_with_type_hints(tmp_path, script):
    save_model(tmp_path / "model", script(FUNCTION))
    model = mlflow.pyfunc.load_model(str(tmp_path / "model"))
    assert model.predict(["a", "four"]) == [1, 4]


@pytest.mark.parametrize(
    ("code", "data", "answer"),
    [
        ("def f(x: str) -> str: return x.upper()", "hi", "HI"),
        ("def f(x: str | None) -> str: return repr(x)", "hi", "'hi'"),
        ("def f(x: int) -> int: return x + 1", 3, 4),
        ("def f(x: dict) -> dict: return {'got': x}", {"q": "hi", "n": [1, 2]}, {"got": {"q": "hi", "n": [1, 2]}}),
        ("def f(x: dict) -> dict: return {'got': x}", {"q": "hi"}, {"got": {"q": "hi"}}),
        ("class Q(pydantic.BaseModel):\n    word: str\n\ndef f(x: Q) -> str: return x.word", {"word": "hi"}, "hi"),
    ],
)
def test_a_function_of_one_value_with_its_example(tmp_path, script, code, data, answer):
    path = script(f"import pydantic\nimport spanloom\n\n{code}\n\nspanloom.models.set_model(f)\n")
    save_model(tmp_path / "model", path, input_example=data)
    assert mlflow.pyfunc.load_model(str(tmp_path / "model")).predict(data) == answer


def test_a_generator_of_a_list_streams(tmp_path, script):
    path = script("""
        from spanloom.models import set_model

        def shout(words: list[str]):
            yield from map(str.upper, words)

        set_model(shout)
    """)
    save_model(tmp_path / "model", path)
    assert list(mlflow.pyfunc.load_model(str(tmp_path / "model")).predict_stream(["hi"])) == ["HI"]


def test_a_python_model_with_artifacts(tmp_path, script):
    ending = tmp_path / "ending.txt"
    ending.write_text("!")
    save_model(tmp_path / "model", script(SPELL), artifacts={"ending": ending})
    model = mlflow.pyfunc.load_model(str(tmp_path / "model"))
    assert model.predict({"word": "cat"}) == "c a t!"
    assert list(model.predict_stream({"word": "ab"})) == ["a", "b"]


def test_a_native_agent(tmp_path, script, monkeypatch):
    with ProviderServer([Reply("Sunny."), Reply("Rainy.")]) as server:
        monkeypatch.setenv("MODEL_URL", server.base_url)
        save_model(tmp_path / "model", script(NATIVE))
        model = mlflow.pyfunc.load_model(str(tmp_path / "model"))
        answer = model.predict({"input": QUESTION})
        assert answer["output"][0]["content"][0]["text"] == "Sunny."
        assert deltas_of(model.predict_stream({"input": QUESTION})) == "Rainy."


def test_it_is_logged_and_registered_in_mlflow_as_it_is(tmp_path, script):
    """A folder that spanloom saved goes into MLflow's own registry."""
    save_model(tmp_path / "model", script(CHAT))
    with mlflow.start_run():
        mlflow.log_artifacts(str(tmp_path / "model"), "agent")
        uri = mlflow.get_artifact_uri("agent")
    version = mlflow.register_model(uri, "words")
    model = mlflow.pyfunc.load_model(f"models:/words/{version.version}")
    assert model.predict({"messages": QUESTION})["messages"][0]["content"] == "hithere"
