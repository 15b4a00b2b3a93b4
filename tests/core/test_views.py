from __future__ import annotations

from typing import Any

import pytest

import spanloom
from spanloom.schemas import create_text_delta, create_text_output_item
from spanloom.testing.grammar import check_events


class Short(spanloom.ResponsesAgent):
    def predict_stream(self, request):
        yield create_text_delta("echo ", "m1")
        yield create_text_delta(str(request.input_items()[-1].content), "m1")


class Chat(spanloom.ChatAgent):
    def predict(self, messages, context, custom_inputs):
        said = {"role": "assistant", "id": "m1", "content": f"echo {messages[-1].content}"}
        return {"messages": [said], "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}}


class Model(spanloom.ChatModel):
    def predict(self, context, messages, params):
        message = {"role": "assistant", "content": f"echo {messages[-1].content} at {params.temperature}"}
        return {"choices": [{"message": message}], "model": "m"}


def test_a_chat_agent_answers_as_a_responses_agent():
    agent = spanloom.wrap(Chat())
    response = check_events(agent.predict_stream(input="hi"))
    assert response["usage"]["total_tokens"] == 3
    assert agent.predict(input="hi").output_text == "echo hi"


def test_a_chat_model_answers_as_a_responses_agent_and_gets_its_parameters():
    agent = spanloom.wrap(Model())
    check_events(agent.predict_stream(input="hi"))
    assert agent.predict(input="hi", temperature=0.5).output_text == "echo hi at 0.5"


@pytest.mark.parametrize("native", [Short(), Model()])
def test_agents_of_other_schemas_answer_as_a_chat_agent(native: Any):
    agent = spanloom.wrap(native, schema="chat")
    answer = agent.predict(messages=[{"role": "user", "content": "hi"}])
    assert answer.messages[-1].content.startswith("echo hi")
    assert answer.finish_reason == "stop"


def test_a_wrapped_agent_changes_its_schema_without_another_layer():
    def echo(text: str) -> str:
        return f"echo {text}"

    chat = spanloom.wrap(spanloom.wrap(echo), schema="chat")
    assert chat.native is echo
    assert chat.predict(messages=[{"role": "user", "content": "hi"}]).messages[-1].content == "echo hi"
    assert spanloom.wrap(chat).predict(input="hi").output_text == "echo hi"


def test_an_agent_of_the_schema_is_returned_as_it_is():
    agent, chat = Short(), Chat()
    assert spanloom.wrap(agent) is agent
    assert spanloom.wrap(chat, schema="chat") is chat


def test_the_whole_text_is_said_once():
    class Both(spanloom.ResponsesAgent):
        def predict_stream(self, _request):
            yield create_text_delta("hi", "m1")
            yield {"type": "response.output_item.done", "item": create_text_output_item("hi", "m1")}

    chunks = list(spanloom.wrap(Both(), schema="chat").predict_stream(messages=[{"role": "user", "content": "x"}]))
    assert "".join(chunk.delta.content or "" for chunk in chunks) == "hi"
