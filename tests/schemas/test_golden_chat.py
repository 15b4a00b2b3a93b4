from __future__ import annotations

import pytest

from spanloom.schemas import (
    ChatAgentChunk,
    ChatAgentRequest,
    ChatAgentResponse,
    ChatCompletionChunk,
    ChatCompletionResponse,
    SplitChatMessagesRequest,
    StringResponse,
    output_to_responses_items_stream,
    reduce_stream,
    to_chat_completions_input,
)


@pytest.fixture
def chat_agent(golden):
    return golden("chat_agent")


def test_a_chat_agent_response_dumps_to_the_captured_bodies(chat_agent):
    response = ChatAgentResponse(**chat_agent["response"])
    assert response.model_dump(exclude_none=True) == chat_agent["response"]
    assert response.model_dump_compat() == chat_agent["response_full"]


def test_chat_agent_chunks_and_requests_dump_to_the_captured_bodies(chat_agent):
    chunks = [ChatAgentChunk(**chunk) for chunk in chat_agent["chunks"]]
    assert [chunk.model_dump(exclude_none=True) for chunk in chunks] == chat_agent["chunks"]
    request = ChatAgentRequest(**chat_agent["request"])
    assert request.model_dump(exclude_none=True) == chat_agent["request"] | {"stream": False}


def test_a_chat_completion_dumps_to_the_captured_bodies(golden):
    bodies = golden("chat_model")
    assert ChatCompletionResponse.from_dict(bodies["predict"]).to_dict() == bodies["predict"]
    chunks = [ChatCompletionChunk.from_dict(chunk).to_dict() for chunk in bodies["stream"]]
    assert chunks == bodies["stream"]


def test_legacy_schemas_dump_to_the_captured_bodies(golden):
    bodies = golden("legacy")
    captured = bodies["SplitChatMessagesRequest"]
    assert SplitChatMessagesRequest(**captured).model_dump() == captured
    assert SplitChatMessagesRequest().model_dump() == bodies["default"]
    assert StringResponse(content="x").model_dump() == bodies["StringResponse"]


def test_the_legacy_default_completion_is_read_by_the_current_class(golden):
    body = golden("legacy")["ChatCompletionResponse_default"]
    dump = ChatCompletionResponse.from_dict(body).to_dict()
    assert isinstance(dump.pop("created"), int)
    assert dump == body


def test_items_become_the_captured_chat_messages_but_for_the_documented_differences(golden):
    pair = golden("responses_to_chat")["prep_msgs_for_cc_llm"]
    messages = to_chat_completions_input(pair["in"])
    expected = pair["out"]
    # Two parts stay one message; reasoning is left out; a call's content is null; text parts stay parts.
    two_parts = {
        "role": "user",
        "content": [{"type": "text", "text": "part1"}, {"type": "text", "text": "part2"}],
    }
    call, output, list_output, answer, approval, approved = expected[4:]
    assert messages == [
        expected[0],
        two_parts,
        call | {"content": None},
        output,
        list_output | {"content": [{"type": "text", "text": "z"}]},
        answer | {"tool_calls": approval["tool_calls"]},
        approved,
    ]


def forget_ids(item):
    return {key: value for key, value in item.items() if key not in {"id", "status"}}


def without_logprobs(item):
    parts = [{key: part[key] for key in part if key != "logprobs"} for part in item.get("content", ())]
    return item | {"content": parts} if parts else item


@pytest.mark.parametrize(
    "name", ["cc_text", "cc_tools", "cc_text_and_tools", "cc_reasoning", "cc_changing_ids", "empty"]
)
def test_a_chat_stream_becomes_the_captured_items(golden, name):
    stream = golden("chat_stream")[name]
    aggregator = []
    events = list(output_to_responses_items_stream(stream["in"], aggregator))
    assert [without_logprobs(forget_ids(item)) for item in aggregator] == [
        forget_ids(item) for item in stream["aggregator"]
    ]
    deltas = [event["delta"] for event in stream["events"] if event["type"].endswith("delta")]
    assert [event.delta for event in events if event.type.endswith("delta")] == [text for text in deltas if text]
    assert [item.model_dump() for item in reduce_stream(events).output] == aggregator


def test_reasoning_alone_is_not_lost_as_it_is_in_the_captured_stream(golden):
    stream = golden("chat_stream")["cc_reasoning_only"]
    assert stream["aggregator"] == []
    items = reduce_stream(output_to_responses_items_stream(stream["in"])).output
    assert [item.summary[0].text for item in items] == ["thi"]
