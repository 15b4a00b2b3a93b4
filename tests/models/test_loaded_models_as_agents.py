"""A loaded model is given to whatever takes an agent."""

from __future__ import annotations

import pytest

import spanloom
from spanloom.errors import AdapterNotFoundError
from spanloom.models import load_model, save_model
from spanloom.serving.agents import ServedAgents

CHAT_AGENT = """
import spanloom

class Chat(spanloom.ChatAgent):
    def predict(self, messages, context=None, custom_inputs=None):
        return {"messages": [{"role": "assistant", "content": f"chat: {messages[-1].content}", "id": "m1"}]}

spanloom.models.set_model(Chat())
"""

CHAT_MODEL = """
import spanloom

class Model(spanloom.ChatModel):
    def predict(self, context, messages, params):
        message = {"role": "assistant", "content": f"model: {messages[-1].content}"}
        return {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}

spanloom.models.set_model(Model())
"""

CHAT_REQUEST = {"messages": [{"role": "user", "content": "hi"}]}


@spanloom.scorer
def answered(outputs):
    return "hi" in str(outputs)


def test_a_loaded_agent_is_evaluated_as_itself(script, folder):
    save_model(folder, script())
    model = load_model(folder)
    result = spanloom.evaluate([{"inputs": {"input": "hi"}}], [answered], predict_fn=model)
    [row] = result.rows
    assert row.outputs["output"][0]["content"][0]["text"] == "echo: hi"
    assert [span.name for span in row.trace.data.spans] == ["Echo"]


@pytest.mark.parametrize("code", [CHAT_AGENT, CHAT_MODEL])
def test_loaded_chat_agents_and_models_take_their_own_requests(script, folder, code):
    save_model(folder, script(code))
    result = spanloom.evaluate([{"inputs": CHAT_REQUEST}], [answered], predict_fn=load_model(folder))
    assert result.metrics["answered/mean"] == 1.0, result.reason


def test_wrap_gives_a_loaded_agent_in_either_schema(script, folder):
    save_model(folder, script(CHAT_AGENT))
    model = load_model(folder)
    assert spanloom.wrap(model).predict({"input": "hi"}).output_text == "chat: hi"
    assert spanloom.wrap(model, schema="chat") is model.agent


def test_a_server_serves_a_loaded_agent_as_itself(script, folder):
    save_model(folder, script(CHAT_MODEL))
    model = load_model(folder)
    assert ServedAgents({"m": model}).find("m").agent is model.agent


def test_a_script_may_set_a_model_that_it_loaded(script, folder, tmp_path):
    save_model(folder, script(CHAT_AGENT))
    code = f"import spanloom\nspanloom.models.set_model(spanloom.models.load_model({str(folder)!r}))"
    save_model(tmp_path / "outer", script(code, "outer.py"))
    model = load_model(tmp_path / "outer")
    assert model.predict(CHAT_REQUEST)["messages"][0]["content"] == "chat: hi"


def test_a_loaded_model_that_is_no_agent_says_which_function_calls_it(script, folder):
    code = """
    import spanloom

    class Upper(spanloom.PythonModel):
        def predict(self, model_input: list[str]) -> list[str]:
            return [text.upper() for text in model_input]

    spanloom.models.set_model(Upper())
    """
    save_model(folder, script(code))
    model = load_model(folder)
    said = r"is no agent; give a function .*lambda question: model\.predict\(question\)"
    with pytest.raises(AdapterNotFoundError, match=said):
        spanloom.wrap(model)
    with pytest.raises(AdapterNotFoundError, match=said):
        spanloom.evaluate([{"inputs": {"q": "hi"}}], [answered], model)
    result = spanloom.evaluate([{"inputs": {"q": "hi"}}], [], lambda q: model.predict([q]))
    assert result.rows[0].outputs == ["HI"]
