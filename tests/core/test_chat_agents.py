from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

import spanloom
from spanloom.errors import AgentError, SchemaError
from spanloom.schemas.chat_agent import ChatAgentRequest
from spanloom.schemas.chat_model import ChatCompletionRequest
from spanloom.testing import outline

USER = [{"role": "user", "content": "hi"}]
USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


def chat_chunks(text: str) -> Iterator[dict[str, Any]]:
    for letter in text:
        yield {"delta": {"role": "assistant", "content": letter, "id": "m1"}}
    yield {"delta": {"role": "assistant", "content": "", "id": "m1"}, "finish_reason": "stop", "usage": USAGE}


def completion_chunks(text: str) -> Iterator[dict[str, Any]]:
    for letter in text:
        yield {"choices": [{"delta": {"content": letter}}]}
    yield {"choices": [{"delta": {}, "finish_reason": "stop"}], "usage": USAGE, "model": "m"}


class ChatPredict(spanloom.ChatAgent):
    def predict(self, messages: Any, context: Any, custom_inputs: Any) -> Any:
        message = {"role": "assistant", "content": messages[-1].content.upper(), "id": "m1"}
        return {"messages": [message], "finish_reason": "stop", "usage": USAGE, "custom_outputs": custom_inputs}


class ChatStream(spanloom.ChatAgent):
    async def apredict_stream(self, messages: Any, context: Any, custom_inputs: Any) -> AsyncIterator[Any]:
        for chunk in chat_chunks(messages[-1].content.upper()):
            await asyncio.sleep(0)
            yield chunk


class ModelPredict(spanloom.ChatModel):
    def predict(self, context: Any, messages: Any, params: Any) -> Any:
        message = {"role": "assistant", "content": messages[-1].content.upper()}
        return {"choices": [{"message": message}], "usage": USAGE, "model": f"t={params.temperature}"}


class ModelStream(spanloom.ChatModel):
    def predict_stream(self, context: Any, messages: Any, params: Any) -> Iterator[Any]:
        yield from completion_chunks(messages[-1].content.upper())


def chat_text(response: Any) -> str:
    [message] = response.messages
    return str(message.content)


def completion_text(response: Any) -> str:
    return str(response.choices[0].message.content)


def chat_chunk_text(chunk: Any) -> str:
    return chunk.delta.content or ""


def completion_chunk_text(chunk: Any) -> str:
    return "".join(choice.delta.content or "" for choice in chunk.choices)


@pytest.mark.parametrize(
    ("agent", "text", "chunk_text"),
    [
        (ChatPredict, chat_text, chat_chunk_text),
        (ChatStream, chat_text, chat_chunk_text),
        (ModelPredict, completion_text, completion_chunk_text),
        (ModelStream, completion_text, completion_chunk_text),
    ],
)
def test_the_other_three_methods_are_derived_from_any_one(
    agent: type[Any], text: Callable[[Any], str], chunk_text: Callable[[Any], str]
) -> None:
    async def use_async() -> None:
        assert text(await agent().apredict(messages=USER)) == "HI"
        assert "".join([chunk_text(chunk) async for chunk in agent().apredict_stream({"messages": USER})]) == "HI"

    response = agent().predict({"messages": USER})
    assert text(response) == "HI"
    assert response.usage.total_tokens == 5
    assert "".join(map(chunk_text, agent().predict_stream(messages=USER))) == "HI"
    asyncio.run(use_async())
    traces = spanloom.search_traces()
    assert [outline(trace) for trace in traces] == [f"AGENT {agent.__name__} [3+2 tokens]"] * 4
    assert {(trace.info.request_preview, trace.info.response_preview) for trace in traces} == {("hi", "HI")}


def test_a_chat_agent_is_called_in_every_established_way() -> None:
    agent = ChatPredict()
    context = {"conversation_id": "c1", "user_id": "u1"}
    responses = [
        agent.predict(USER, context, {"k": 1}),
        agent.predict(messages=USER, context=context, custom_inputs={"k": 1}),
        agent.predict({"messages": USER, "context": context, "custom_inputs": {"k": 1}}),
        agent.predict(ChatAgentRequest(messages=USER, context=context, custom_inputs={"k": 1})),
    ]
    assert [response.custom_outputs for response in responses] == [{"k": 1}] * 4
    assert {trace.info.session_id for trace in spanloom.search_traces()} == {"c1"}
    with pytest.raises(SchemaError, match=r"takes predict\(\{'messages'"):
        agent.predict(context=context)


def test_a_chat_model_is_called_in_every_established_way() -> None:
    agent = ModelPredict()
    responses = [
        agent.predict(None, USER, {"temperature": 0.5}),
        agent.predict(messages=USER, params={"temperature": 0.5}),
        agent.predict({"messages": USER, "temperature": 0.5}),
        agent.predict(ChatCompletionRequest(messages=USER, temperature=0.5)),
    ]
    assert [response.model for response in responses] == ["t=0.5"] * 4
    with pytest.raises(SchemaError, match=r"takes predict\(\{'messages'"):
        agent.predict(params={})


def test_malformed_messages_and_answers_name_their_field_paths() -> None:
    with pytest.raises(SchemaError, match=r"messages\[0\].*needs 'content' or 'tool_calls'"):
        ChatPredict().predict({"messages": [{"role": "user"}]})

    class Duplicate(spanloom.ChatAgent):
        def predict(self, messages: Any, context: Any, custom_inputs: Any) -> Any:
            return {"messages": [{"role": "assistant", "content": "a", "id": "m1"}] * 2}

    with pytest.raises(SchemaError, match="have the same id"):
        Duplicate().predict(messages=USER)


def test_streamed_tool_calls_of_a_chat_model_are_put_together() -> None:
    class Calling(spanloom.ChatModel):
        def predict_stream(self, context: Any, messages: Any, params: Any) -> Iterator[Any]:
            first = {"index": 0, "id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"x"'}}
            yield {"choices": [{"delta": {"tool_calls": [first]}}]}
            yield {"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"arguments": ": 1}"}}]}}]}
            yield {"choices": [{"delta": {}, "finish_reason": "tool_calls"}]}

    choice = Calling().predict(messages=USER).choices[0]
    assert choice.finish_reason == "tool_calls"
    [call] = choice.message.tool_calls
    assert (call.id, call.function.name, call.function.arguments) == ("c1", "f", '{"x": 1}')


def test_a_python_model_has_inputs_and_outputs_of_its_own() -> None:
    class Double(spanloom.PythonModel):
        factor = 0

        def load_context(self, context: Any) -> None:
            self.factor = 2

        def predict(self, context: Any, model_input: Any, params: Any = None) -> Any:
            return [self.factor * value for value in model_input]

    model = Double()
    model.load_context(None)
    assert model.predict(None, [1, 2]) == [2, 4]
    assert outline(spanloom.search_traces()[0]) == "CHAIN Double.predict"
    with pytest.raises(AgentError, match="Double must define predict_stream"):
        model.predict_stream(None, [1])


def test_the_helpers_have_their_established_names() -> None:
    names = [name for name in dir(spanloom.ResponsesAgent) if name.startswith(("create_", "prep_", "output_to"))]
    assert names == [
        "create_annotation_added",
        "create_function_call_item",
        "create_function_call_output_item",
        "create_mcp_approval_request_item",
        "create_mcp_approval_response_item",
        "create_reasoning_item",
        "create_text_delta",
        "create_text_output_item",
        "output_to_responses_items_stream",
        "prep_msgs_for_cc_llm",
    ]
    assert spanloom.ResponsesAgent.create_text_delta("h", "m1") == {
        "type": "response.output_text.delta",
        "item_id": "m1",
        "delta": "h",
    }
