from __future__ import annotations

import json

import openai
import pytest
from openai import OpenAI
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from pydantic import BaseModel

from spanloom.testing import ErrorReply, ProviderServer, Reply, ToolCall, Usage

ASK = {"model": "gpt-test", "messages": [{"role": "user", "content": "What is the weather?"}]}
PARIS_AND_OSLO = [
    ToolCall("get_weather", {"city": "Paris"}, id="call_paris"),
    ToolCall("get_weather", {"city": "Oslo"}, id="call_oslo"),
]


class Weather(BaseModel):
    city: str
    degrees: int


def strict(completion: BaseModel) -> dict[str, object]:
    """The wire JSON, after the client's own type accepted it with nothing coerced."""
    type(completion).model_validate_json(completion.model_dump_json(), strict=True)
    return completion.to_dict()


def joined_calls(chunks: list[ChatCompletionChunk]) -> dict[int, str]:
    arguments: dict[int, str] = {}
    for chunk in chunks:
        for choice in chunk.choices:
            for call in choice.delta.tool_calls or []:
                arguments[call.index] = arguments.get(call.index, "") + (call.function.arguments or "")
    return arguments


def test_without_a_script_the_last_user_message_comes_back(client: OpenAI):
    completion = client.chat.completions.create(
        model="gpt-test",
        messages=[
            {"role": "user", "content": "first"},
            {"role": "assistant", "content": "echo: first"},
            {"role": "user", "content": [{"type": "text", "text": "second"}]},
        ],
    )
    assert completion.choices[0].message.content == "echo: second"


def test_a_text_is_a_valid_completion_with_counted_tokens(server: ProviderServer, client: OpenAI):
    server.script([Reply("It is sunny.")])
    completion = client.chat.completions.create(**ASK)
    wire = strict(completion)
    assert wire["object"] == "chat.completion"
    assert completion.model == "gpt-test"
    assert completion.choices[0].finish_reason == "stop"
    assert completion.choices[0].message.content == "It is sunny."
    assert (completion.usage.prompt_tokens, completion.usage.completion_tokens, completion.usage.total_tokens) == (
        4,
        3,
        7,
    )
    assert completion.usage.prompt_tokens_details.cached_tokens == 0


def test_usage_and_model_can_be_scripted(server: ProviderServer, client: OpenAI):
    server.script([Reply("x", usage=Usage(100, 20, cached_tokens=60, reasoning_tokens=5), model="gpt-test-2026")])
    completion = client.chat.completions.create(**ASK)
    assert completion.model == "gpt-test-2026"
    assert completion.usage.total_tokens == 120
    assert completion.usage.prompt_tokens_details.cached_tokens == 60
    assert completion.usage.completion_tokens_details.reasoning_tokens == 5


def test_streamed_text_comes_word_by_word_without_usage_unless_asked(server: ProviderServer, client: OpenAI):
    server.script([Reply("It is sunny."), Reply("It is sunny.")])
    chunks = list(client.chat.completions.create(**ASK, stream=True))
    for chunk in chunks:
        strict(chunk)
    assert [chunk.choices[0].delta.content for chunk in chunks] == ["", "It ", "is ", "sunny.", None]
    assert [chunk.choices[0].finish_reason for chunk in chunks] == [None, None, None, None, "stop"]
    assert len({chunk.id for chunk in chunks}) == 1
    assert not any("usage" in chunk.to_dict() for chunk in chunks)

    with_usage = list(client.chat.completions.create(**ASK, stream=True, stream_options={"include_usage": True}))
    assert with_usage[-1].choices == []
    assert with_usage[-1].usage.completion_tokens == 3
    assert [chunk.usage for chunk in with_usage[:-1]] == [None] * 5


def test_the_raw_stream_is_data_lines_and_a_done_mark(server: ProviderServer, client: OpenAI):
    server.script([Reply("hi")])
    with client.chat.completions.with_streaming_response.create(**ASK, stream=True) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = [line for line in response.iter_lines() if line]
    assert all(line.startswith("data: ") for line in lines)
    assert lines[-1] == "data: [DONE]"
    assert json.loads(lines[0].removeprefix("data: "))["choices"][0]["delta"]["role"] == "assistant"


@pytest.mark.parametrize("interleave", [False, True])
def test_parallel_tool_calls_are_streamed_in_fragments_by_index(
    server: ProviderServer, client: OpenAI, interleave: bool
):
    server.script([Reply("Let me look.", tool_calls=PARIS_AND_OSLO, interleave=interleave)])
    chunks = list(client.chat.completions.create(**ASK, stream=True))
    calls = [call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or []]
    assert [(call.index, call.id, call.function.name) for call in calls if call.id] == [
        (0, "call_paris", "get_weather"),
        (1, "call_oslo", "get_weather"),
    ]
    assert joined_calls(chunks) == {0: '{"city": "Paris"}', 1: '{"city": "Oslo"}'}
    order = [call.index for call in calls if not call.id]
    assert (order == sorted(order)) is not interleave
    assert all(order.count(index) >= 2 for index in (0, 1))
    assert chunks[-1].choices[0].finish_reason == "tool_calls"


def test_whole_tool_calls_mint_missing_ids(server: ProviderServer, client: OpenAI):
    server.script([Reply(tool_calls=[ToolCall("now"), ToolCall("now")])])
    message = client.chat.completions.create(**ASK).choices[0].message
    assert message.content is None
    assert [call.function.arguments for call in message.tool_calls] == ["{}", "{}"]
    assert len({call.id for call in message.tool_calls}) == 2


@pytest.mark.parametrize("arguments", ['{"city": "Par', "not json", ""])
def test_bad_tool_arguments_arrive_as_written(server: ProviderServer, client: OpenAI, arguments: str):
    server.script([Reply(tool_calls=[ToolCall("get_weather", arguments)])] * 2)
    completion = client.chat.completions.create(**ASK)
    assert completion.choices[0].message.tool_calls[0].function.arguments == arguments
    assert joined_calls(list(client.chat.completions.create(**ASK, stream=True))) == {0: arguments}


def test_reasoning_travels_as_reasoning_content(server: ProviderServer, client: OpenAI):
    server.script([Reply("Sunny.", reasoning="The tool said so.")] * 2)
    completion = client.chat.completions.create(**ASK)
    assert completion.choices[0].message.reasoning_content == "The tool said so."
    assert completion.usage.completion_tokens_details.reasoning_tokens == 4
    deltas = [chunk.choices[0].delta.to_dict() for chunk in client.chat.completions.create(**ASK, stream=True)]
    assert "".join(delta.get("reasoning_content", "") for delta in deltas) == "The tool said so."
    assert "".join(delta.get("content") or "" for delta in deltas) == "Sunny."


def test_a_refusal_is_not_content(server: ProviderServer, client: OpenAI):
    server.script([Reply(refusal="I can't do that.")] * 2)
    message = client.chat.completions.create(**ASK).choices[0].message
    assert (message.content, message.refusal) == (None, "I can't do that.")
    chunks = list(client.chat.completions.create(**ASK, stream=True))
    assert "".join(chunk.choices[0].delta.refusal or "" for chunk in chunks) == "I can't do that."


@pytest.mark.parametrize("finish_reason", ["length", "content_filter"])
def test_other_finish_reasons_can_be_scripted(server: ProviderServer, client: OpenAI, finish_reason: str):
    server.script([Reply("It is", finish_reason=finish_reason)] * 2)
    assert client.chat.completions.create(**ASK).choices[0].finish_reason == finish_reason
    assert list(client.chat.completions.create(**ASK, stream=True))[-1].choices[0].finish_reason == finish_reason


def test_structured_output_parses_whole_and_streamed(server: ProviderServer, client: OpenAI):
    paris = Weather(city="Paris", degrees=21)
    server.script([Reply(paris.model_dump_json())] * 2)
    assert client.chat.completions.parse(**ASK, response_format=Weather).choices[0].message.parsed == paris
    with client.chat.completions.stream(**ASK, response_format=Weather) as stream:
        assert stream.get_final_completion().choices[0].message.parsed == paris


def test_a_completion_cut_by_length_does_not_parse(server: ProviderServer, client: OpenAI):
    server.script([Reply('{"city": "Par', finish_reason="length")])
    with pytest.raises(openai.LengthFinishReasonError):
        client.chat.completions.parse(**ASK, response_format=Weather)


def test_the_stream_helper_accumulates_tool_calls(server: ProviderServer, client: OpenAI):
    server.script([Reply(tool_calls=PARIS_AND_OSLO)])
    with client.chat.completions.stream(**ASK) as stream:
        done = [event.arguments for event in stream if event.type == "tool_calls.function.arguments.done"]
        completion: ChatCompletion = stream.get_final_completion()
    assert done == ['{"city": "Paris"}', '{"city": "Oslo"}']
    assert [call.id for call in completion.choices[0].message.tool_calls] == ["call_paris", "call_oslo"]


def test_a_stream_that_fails_in_band_raises_after_its_deltas(server: ProviderServer, client: OpenAI):
    server.script([Reply("one two three", break_after=2, break_with=ErrorReply(500, "overloaded"))])
    received = []
    with pytest.raises(openai.APIError, match="overloaded"):
        received.extend(chunk.choices[0].delta.content for chunk in client.chat.completions.create(**ASK, stream=True))
    assert server.requests[0].finished.wait(5)
    assert not server.requests[0].closed_early.is_set()
