"""Models that MLflow saved, loaded and served by spanloom."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import mlflow
import openai
import pytest
from serve_command import Command, served

from spanloom.errors import ModelError, ModelImportError
from spanloom.models import load_model, register_model, set_registered_model_alias

RESPONSES = """
import mlflow
from mlflow.pyfunc import ResponsesAgent
from mlflow.types.responses import ResponsesAgentResponse, ResponsesAgentStreamEvent
from shouting import shout

class Shouter(ResponsesAgent):
    def predict(self, request):
        text = shout(request.input[-1].content)
        return ResponsesAgentResponse(output=[self.create_text_output_item(text, "msg_1")])

    def predict_stream(self, request):
        text = shout(request.input[-1].content)
        for part in text.partition(" "):
            yield ResponsesAgentStreamEvent(**self.create_text_delta(part, "msg_1"))
        item = self.create_text_output_item(text, "msg_1")
        yield ResponsesAgentStreamEvent(type="response.output_item.done", item=item)

mlflow.models.set_model(Shouter())
"""
SHOUTING = """
def shout(text):
    return text.upper()
"""
CHAT = """
import mlflow
from mlflow.pyfunc import ChatAgent
from mlflow.types.agent import ChatAgentChunk, ChatAgentMessage, ChatAgentResponse

class Words(ChatAgent):
    def predict(self, messages, context=None, custom_inputs=None):
        answer = ChatAgentMessage(role="assistant", content=messages[-1].content.upper(), id="msg_1")
        return ChatAgentResponse(messages=[answer])

    def predict_stream(self, messages, context=None, custom_inputs=None):
        for part in messages[-1].content.upper().partition(" "):
            yield ChatAgentChunk(delta=ChatAgentMessage(role="assistant", content=part, id="msg_1"))

mlflow.models.set_model(Words())
"""
FUNCTION = """
import mlflow

class Count(mlflow.pyfunc.PythonModel):
    def predict(self, model_input: list[str]) -> list[int]:
        return [len(question) for question in model_input]

mlflow.models.set_model(Count())
"""
QUESTION = [{"role": "user", "content": "hi there"}]
REQUIREMENTS = ["mlflow"]


@pytest.fixture
def shouter(tmp_path, script, monkeypatch) -> Iterator[Path]:
    folder, code = tmp_path / "shouter", script(SHOUTING, "shouting.py")
    monkeypatch.setattr(sys, "path", [*sys.path])
    sys.path.insert(0, str(code.parent))  # MLflow runs the script when it saves it
    mlflow.pyfunc.save_model(
        folder, python_model=str(script(RESPONSES)), code_paths=[str(code)], pip_requirements=REQUIREMENTS
    )
    sys.path.pop(0)
    sys.modules.pop("shouting")
    yield folder
    sys.modules.pop("shouting", None)


def client_of(command: Command) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{command.url}/v1", api_key="unused")


def test_agents_of_both_schemas_and_a_function_are_served(tmp_path, shouter, script, store):
    mlflow.pyfunc.save_model(tmp_path / "chat", python_model=str(script(CHAT)), pip_requirements=REQUIREMENTS)
    mlflow.pyfunc.save_model(
        tmp_path / "count", python_model=str(script(FUNCTION)), pip_requirements=REQUIREMENTS, input_example=["a"]
    )
    version = register_model(str(shouter), "shouter")
    set_registered_model_alias("shouter", "prod", version.version)
    (tmp_path / "elsewhere").mkdir()
    environment = {
        "SPANLOOM_STORE": f"sqlite:///{store}",
        "MLFLOW_TRACKING_URI": mlflow.get_tracking_uri(),
    }
    arguments = ("models:/shouter@prod", "words=../chat", "../count")
    with served(tmp_path / "elsewhere", *arguments, **environment) as command, client_of(command) as client:
        assert [model.id for model in client.models.list()] == ["shouter", "words", "count"]
        assert client.responses.create(model="shouter", input="hi there").output_text == "HI THERE"
        with client.responses.stream(model="shouter", input="hi there") as stream:
            assert [event.delta for event in stream if event.type == "response.output_text.delta"] == [
                "HI",
                " ",
                "THERE",
            ]
        answer = client.chat.completions.create(model="words", messages=QUESTION)
        assert answer.choices[0].message.content == "HI THERE"
        chunks = client.chat.completions.create(model="words", messages=QUESTION, stream=True)
        assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "HI THERE"
        body = {"model": "words", "messages": QUESTION}
        answer = httpx.post(f"{command.url}/invocations", json=body, timeout=30, trust_env=False).json()
        assert answer["messages"][0]["content"] == "HI THERE"
        assert command.post("/invocations", model="count", inputs=["a", "four"]).json()["predictions"] == [1, 4]


def test_an_agent_is_loaded_and_asked_here(shouter):
    model = load_model(shouter)
    assert model.metadata.task == "agent/v1/responses"
    assert model.predict({"input": QUESTION})["output"][0]["content"][0]["text"] == "HI THERE"
    events = list(model.predict_stream({"input": QUESTION}))
    assert "".join(event.get("delta", "") for event in events) == "HI THERE"


@pytest.mark.anyio
async def test_an_agent_is_asked_asynchronously(shouter):
    model = load_model(shouter)
    assert (await model.apredict({"input": QUESTION}))["output"][0]["content"][0]["text"] == "HI THERE"
    events = [event async for event in model.apredict_stream({"input": QUESTION})]
    assert events[-1]["item"]["content"][0]["text"] == "HI THERE"


def test_a_package_that_is_missing_is_named_with_the_command_that_installs_it(shouter):
    script = shouter / "agent.py"
    script.write_text(f"import no_such_package\n{script.read_text()}")
    with pytest.raises(ModelImportError, match=rf"needs the module 'no_such_package'.*pip install -r {shouter}"):
        load_model(shouter)


def test_a_pickled_model_is_refused_unless_allowed(tmp_path):
    class Echo(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input, params=None):
            return model_input

    mlflow.pyfunc.save_model(tmp_path / "pickled", python_model=Echo(), pip_requirements=REQUIREMENTS)
    with pytest.raises(ModelError, match="is a pickled object"):
        load_model(tmp_path / "pickled")
    assert load_model(tmp_path / "pickled", allow_pickle=True).predict(["hi"]) == ["hi"]
