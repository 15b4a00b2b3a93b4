"""The official client, unchanged but for `base_url`."""

from __future__ import annotations

from typing import Any

import openai
import pytest
from served_agents import Golden, counts, echo, words

from spanloom.testing.grammar import check_events


@pytest.fixture
def server(serve):
    return serve({"echo": echo, "words": words, "golden": Golden(), "counts": counts})


@pytest.fixture
def client(server):
    with openai.OpenAI(base_url=f"{server.url}/v1", api_key="unused", max_retries=0) as client:
        yield client


@pytest.fixture
async def aclient(server):
    async with openai.AsyncOpenAI(base_url=f"{server.url}/v1", api_key="unused", max_retries=0) as client:
        yield client


@pytest.mark.parametrize(("model", "text"), [("echo", "echo hi"), ("words", "one two three"), ("golden", "echo: hi")])
def test_a_response(client: openai.OpenAI, model: str, text: str):
    response = client.responses.create(model=model, input="hi", metadata={"k": "v"}, temperature=0.5)
    assert response.output_text == text
    assert (response.status, response.model, response.object) == ("completed", model, "response")
    assert (response.metadata, response.temperature) == ({"k": "v"}, 0.5)
    assert response.usage is None


@pytest.mark.parametrize(("model", "text"), [("echo", "echo hi"), ("words", "one two three"), ("golden", "Hello")])
def test_a_streamed_response(client: openai.OpenAI, model: str, text: str):
    events = list(client.responses.create(model=model, input="hi", stream=True))
    final = check_events(events)
    assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == text
    assert final["model"] == model


def test_the_clients_own_accumulation(client: openai.OpenAI):
    with client.responses.stream(model="golden", input="hi") as stream:
        for _ in stream:
            pass
        assert stream.get_final_response().output_text == "Hello"


@pytest.mark.anyio
async def test_the_asynchronous_client(aclient: openai.AsyncOpenAI):
    assert (await aclient.responses.create(model="echo", input="hi")).output_text == "echo hi"
    events = [event async for event in await aclient.responses.create(model="words", input="hi", stream=True)]
    check_events(events)
    messages: Any = [{"role": "user", "content": "hi"}]
    completion = await aclient.chat.completions.create(model="echo", messages=messages)
    assert completion.choices[0].message.content == "echo hi"
    chunks = [
        chunk async for chunk in await aclient.chat.completions.create(model="words", messages=messages, stream=True)
    ]
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == "one two three"


def test_a_chat_completion(client: openai.OpenAI):
    completion = client.chat.completions.create(model="echo", messages=[{"role": "user", "content": "hi"}])
    [choice] = completion.choices
    assert (choice.message.content, choice.finish_reason) == ("echo hi", "stop")
    assert (completion.model, completion.object) == ("echo", "chat.completion")


def test_a_streamed_chat_completion_tells_its_usage(client: openai.OpenAI):
    chunks = list(
        client.chat.completions.create(
            model="words",
            messages=[{"role": "user", "content": "hi"}],
            stream=True,
            stream_options={"include_usage": True},
        )
    )
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices) == "one two three"
    assert chunks[-1].choices == []
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices][-1] == "stop"


@pytest.mark.parametrize("model", ["counts", "golden_counts"])
def test_previous_response_id_continues_a_conversation(serve, model: str):
    class Counts(Golden):
        def predict(self, request):
            return {"output": [self.create_text_output_item(f"{len(request.input_items())} items", "m1")]}

    server = serve({"counts": counts, "golden_counts": Counts()})
    client = openai.OpenAI(base_url=f"{server.url}/v1", api_key="unused")
    first = client.responses.create(model=model, input="one")
    second = client.responses.create(model=model, input="two", previous_response_id=first.id)
    third = client.responses.create(model=model, input="three", previous_response_id=second.id)
    assert [answer.output_text[0] for answer in (first, second, third)] == ["1", "3", "5"]
    assert second.previous_response_id == first.id
    branch = client.responses.create(model=model, input="other", previous_response_id=first.id)
    assert branch.output_text[0] == "3"
    after = client.responses.create(model=model, input="more", previous_response_id=branch.id)
    assert after.output_text[0] == "5"


def test_a_conversation_goes_on_by_its_id(client: openai.OpenAI):
    first = client.responses.create(model="counts", input="one", conversation="c1")
    second = client.responses.create(model="counts", input="two", conversation={"id": "c1"})
    assert first.output_text.startswith("1 ")
    assert second.output_text.startswith("3 ")
    assert second.conversation is not None
    assert second.conversation.id == "c1"


def test_a_streamed_response_can_be_continued(client: openai.OpenAI):
    *_, last = client.responses.create(model="counts", input="one", stream=True)
    second = client.responses.create(model="counts", input="two", previous_response_id=last.response.id)
    assert second.output_text.startswith("3 ")


def test_what_is_not_stored_can_not_be_continued(client: openai.OpenAI):
    first = client.responses.create(model="echo", input="one", store=False)
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(model="echo", input="two", previous_response_id=first.id)
    assert caught.value.code == "previous_response_not_found"
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(first.id)


def test_responses_are_returned_and_deleted(client: openai.OpenAI):
    response = client.responses.create(model="echo", input="hi")
    assert client.responses.retrieve(response.id).output_text == "echo hi"
    client.responses.delete(response.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(response.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.delete(response.id)


def test_agents_are_listed_as_models(client: openai.OpenAI):
    assert [model.id for model in client.models.list()] == ["echo", "words", "golden", "counts"]
    assert client.models.retrieve("words").owned_by == "spanloom"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("nobody")


def test_errors_are_the_clients_own(client: openai.OpenAI, caplog):
    with pytest.raises(openai.NotFoundError, match="did you mean 'words'") as missing:
        client.responses.create(model="word", input="hi")
    assert missing.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError, match="should name an agent"):
        client.chat.completions.create(model=None, messages=[])  # type: ignore[call-overload]
    with pytest.raises(openai.InternalServerError) as failed:
        client.responses.create(model="echo", input="raise")
    assert "secret" not in str(failed.value)
    with pytest.raises(openai.APIError, match="the agent failed"):
        list(
            client.chat.completions.create(model="words", messages=[{"role": "user", "content": "raise"}], stream=True)
        )
    events = list(client.responses.create(model="words", input="raise", stream=True))
    assert events[-1].type == "response.failed"
    assert events[-1].response.error is not None
    assert "secret" not in events[-1].response.error.message


def test_tools_of_the_client_reach_the_agent_and_its_calls_come_back(serve):
    def asks(messages: list[dict[str, Any]]) -> Any:
        if messages[-1]["role"] == "tool":
            return f"the tool said {messages[-1]['content']}"
        call = {"id": "c1", "type": "function", "function": {"name": "look", "arguments": '{"x":1}'}}
        return {"role": "assistant", "content": None, "tool_calls": [call]}

    server = serve({"asks": asks})
    client = openai.OpenAI(base_url=f"{server.url}/v1", api_key="unused")
    messages: list[Any] = [{"role": "user", "content": "hi"}]
    tools: list[Any] = [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]
    [choice] = client.chat.completions.create(model="asks", messages=messages, tools=tools).choices
    assert choice.finish_reason == "tool_calls"
    assert choice.message.tool_calls is not None
    messages += [choice.message.model_dump(exclude_none=True), {"role": "tool", "tool_call_id": "c1", "content": "42"}]
    [final] = client.chat.completions.create(model="asks", messages=messages, tools=tools).choices
    assert final.message.content == "the tool said 42"
    chunks = list(client.chat.completions.create(model="asks", messages=messages[:1], stream=True))
    [call] = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or ()]
    assert (call.id, call.function and call.function.name) == ("c1", "look")
