"""Agents whose `predict` is written `async def`, as all four ways of calling them."""

from __future__ import annotations

import pytest

from spanloom.models import load_model, save_model

RESPONSES = """
import spanloom

class Agent(spanloom.ResponsesAgent):
    async def predict(self, request):
        return {"output": [self.create_text_output_item("hi", "m1")]}

spanloom.models.set_model(Agent())
"""
CHAT = """
import spanloom

class Agent(spanloom.ChatAgent):
    async def predict(self, messages, context, custom_inputs):
        return {"messages": [{"role": "assistant", "content": "hi", "id": "m1"}]}

spanloom.models.set_model(Agent())
"""
CHAT_MODEL = """
import spanloom

class Agent(spanloom.ChatModel):
    async def predict(self, context, messages, params):
        return {"choices": [{"message": {"role": "assistant", "content": "hi"}}]}

spanloom.models.set_model(Agent())
"""
STREAMING = """
import spanloom

class Sync(spanloom.ResponsesAgent):
    def predict(self, request):
        raise AssertionError("the subclass says otherwise")

class Agent(Sync):
    async def predict(self, request):
        return {"output": [self.create_text_output_item("hi", "m1")]}

    async def predict_stream(self, request):
        yield {"type": "response.output_item.done", "item": self.create_text_output_item("hi", "m1")}

spanloom.models.set_model(Agent())
"""


@pytest.mark.anyio
@pytest.mark.parametrize("code", [RESPONSES, CHAT, CHAT_MODEL, STREAMING], ids=["responses", "chat", "model", "stream"])
async def test_an_agent_with_an_asynchronous_predict_answers(script, folder, code):
    save_model(folder, script(code))
    model = load_model(folder)
    answers = [model.predict(model.input_example), await model.apredict(model.input_example)]
    parts = list(model.predict_stream(model.input_example))
    aparts = [part async for part in model.apredict_stream(model.input_example)]
    for answer in [*answers, parts, aparts]:
        assert "'hi'" in str(answer)
