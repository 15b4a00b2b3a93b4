"""What models that MLflow saved are asked: requests of all forms, columns, and what does not fit."""

from __future__ import annotations

import warnings

import httpx
import mlflow
import pandas as pd
import pytest
from serve_command import served

import spanloom.schemas
from spanloom.errors import SchemaError
from spanloom.models import batch_predict, load_model
from spanloom.models.prediction import Question, answers_here

RESPONSES = """
import mlflow
from mlflow.pyfunc import ResponsesAgent
from mlflow.types.responses import ResponsesAgentResponse

class Shouter(ResponsesAgent):
    def predict(self, request):
        text = request.input[-1].content.upper()
        return ResponsesAgentResponse(output=[self.create_text_output_item(text, "msg_1")])

mlflow.models.set_model(Shouter())
"""
CHAT = """
import mlflow
from mlflow.pyfunc import ChatAgent
from mlflow.types.agent import ChatAgentMessage, ChatAgentResponse

class Words(ChatAgent):
    def predict(self, messages, context=None, custom_inputs=None):
        answer = ChatAgentMessage(role="assistant", content=messages[-1].content.upper(), id="msg_1")
        return ChatAgentResponse(messages=[answer])

mlflow.models.set_model(Words())
"""
CHAT_MODEL = """
import mlflow
from mlflow.pyfunc import ChatModel
from mlflow.types.llm import ChatChoice, ChatCompletionResponse, ChatMessage

class Model(ChatModel):
    def predict(self, context, messages, params):
        message = ChatMessage(role="assistant", content=messages[-1].content.upper())
        return ChatCompletionResponse(choices=[ChatChoice(index=0, message=message)])

mlflow.models.set_model(Model())
"""
COLUMNS = """
import mlflow

class Double(mlflow.pyfunc.PythonModel):
    def predict(self, context, model_input, params=None):
        return (model_input["a"] * 2).tolist()

mlflow.models.set_model(Double())
"""
HINTED = """
import mlflow
from pydantic import BaseModel

class Word(BaseModel):
    text: str
    times: int = 2

class Repeat(mlflow.pyfunc.PythonModel):
    def predict(self, model_input: list[Word], params=None) -> list[str]:
        return [word.text * word.times for word in model_input]

mlflow.models.set_model(Repeat())
"""
QUESTION = [{"role": "user", "content": "hi there"}]
REQUEST = {"input": QUESTION}


@pytest.fixture
def save(tmp_path, script):
    def save(code, name="model", **settings):
        path = script(code, f"{name}.py")
        mlflow.pyfunc.save_model(tmp_path / name, python_model=str(path), pip_requirements=["mlflow"], **settings)
        return tmp_path / name

    return save


def text_of(answer) -> str:
    return answer["output"][0]["content"][0]["text"]


def test_a_stream_is_made_of_the_answer_of_an_agent_that_does_not_stream(tmp_path, save, store):
    for name, code in {"shouter": RESPONSES, "words": CHAT, "model": CHAT_MODEL}.items():
        with warnings.catch_warnings(action="ignore"):  # that chat models are no longer in fashion
            save(code, name)
    environment = {"SPANLOOM_STORE": f"sqlite:///{store}"}
    with served(tmp_path, "shouter", "words", "model", **environment) as command:
        for name in ("shouter", "words", "model"):
            for stream in (False, True):
                body = {"model": name, "stream": stream}
                for path, question in {"chat/completions": {"messages": QUESTION}, "responses": REQUEST}.items():
                    answer = httpx.post(f"{command.url}/v1/{path}", json=body | question, timeout=30, trust_env=False)
                    assert answer.status_code == 200, answer.text
                    assert "HI THERE" in answer.text


def test_an_agent_takes_a_dict_a_typed_request_a_row_a_frame_and_text(save):
    from mlflow.types.agent import ChatAgentRequest  # these warn as they are imported
    from mlflow.types.responses import ResponsesAgentRequest

    model, chat = load_model(save(RESPONSES)), load_model(save(CHAT, "chat"))
    frame = pd.DataFrame([REQUEST])

    for request in (REQUEST, ResponsesAgentRequest(**REQUEST), frame, frame.iloc[0], {"input": "hi there"}):
        assert text_of(model.predict(request)) == "HI THERE"
    assert text_of(model.predict(spanloom.schemas.ResponsesAgentRequest(input="hi there"))) == "HI THERE"
    for request in (ChatAgentRequest(messages=QUESTION), pd.DataFrame([{"messages": QUESTION}])):
        assert chat.predict(request)["messages"][0]["content"] == "HI THERE"
    with pytest.raises(SchemaError, match=r"input\[0\].role"):
        model.predict({"input": [{"role": "robot", "content": "hi"}]})


def test_texts_are_asked_in_a_batch(save):
    folder = save(RESPONSES)

    predictions = batch_predict(["hi", '{"input": "there"}', {"input": QUESTION}], folder)

    assert [prediction.error for prediction in predictions] == [None, None, None]
    assert [text_of(prediction.outputs) for prediction in predictions] == ["HI", "THERE", "HI THERE"]


def test_the_agent_itself_is_behind_the_model(save):
    assert type(load_model(save(RESPONSES)).unwrap_python_model()).__name__ == "Shouter"
    assert type(load_model(save(HINTED, "hinted")).unwrap_python_model()).__name__ == "Repeat"


@pytest.mark.parametrize("data", [{"a": [1, 2]}, [{"a": 1}, {"a": 2}], pd.DataFrame({"a": [1, 2]})])
def test_a_signature_of_columns_makes_data_a_frame(save, data):
    model = load_model(save(COLUMNS, input_example=pd.DataFrame({"a": [1, 2]})))

    assert model.predict(data) == [2, 4]
    assert model.predict({"a": 3}) == [6]
    assert [one.outputs for one in batch_predict([{"a": 1}, {"a": 5}], model)] == [2, 10]
    with pytest.raises(SchemaError, match=r"a\[0\]: should be long, got str"):
        model.predict({"a": ["one"]})


def test_columns_are_asked_over_http_and_from_files(tmp_path, save, store):
    folder = save(COLUMNS, "double", input_example=pd.DataFrame({"a": [1, 2]}))
    with served(tmp_path, "double", SPANLOOM_STORE=f"sqlite:///{store}") as command:
        for body in (
            {"inputs": [{"a": 1}]},
            {"instances": [{"a": 1}]},
            {"inputs": {"a": [1]}},
            {"dataframe_split": {"columns": ["a"], "data": [[1]]}},
        ):
            assert command.post("/invocations", **body).json() == {"predictions": [2]}
        refused = command.post("/invocations", inputs={"a": ["one"]})
    assert (refused.status_code, "a[0]: should be long" in refused.text) == (400, True)
    for question in ({"dataframe_split": {"columns": ["a"], "data": [[4]]}}, {"inputs": {"a": [4]}}, {"a": 4}):
        assert list(answers_here(Question(str(folder), question))) == [[8]]


def test_what_does_not_fit_the_type_hints_is_told_by_its_path(save):
    model = load_model(save(HINTED))

    assert model.predict([{"text": "a"}, {"text": "b", "times": 3}]) == ["aa", "bbb"]
    with pytest.raises(SchemaError, match=r"\[1\].text: is required but missing"):
        model.predict([{"text": "a"}, {"times": 3}])
