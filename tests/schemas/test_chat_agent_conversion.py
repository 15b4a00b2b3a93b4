from __future__ import annotations

import pytest

from spanloom.errors import SchemaError
from spanloom.schemas import (
    ChatAgentChunk,
    ChatAgentRequest,
    ChatAgentResponse,
    MultiturnChatRequest,
    ResponseStreamBuilder,
    SplitChatMessagesRequest,
    StringResponse,
    chat_agent_request_to_responses,
    chat_agent_response_to_responses,
    chat_agent_stream_to_responses,
    chat_agent_to_split_chat,
    chat_agent_to_string_response,
    reduce_stream,
    request_to_chat_agent,
    response_to_chat_agent,
    responses_to_split_chat,
    responses_to_string_response,
    split_chat_to_chat_agent,
    split_chat_to_responses,
    stream_to_chat_agent,
    string_response_to_responses,
    validate_request,
)


def forget_ids(messages):
    return [message.model_dump(exclude={"id"}, exclude_none=True) for message in messages]


@pytest.fixture
def answer(golden):
    return ChatAgentResponse(**golden("chat_agent")["response"])


def test_an_answer_survives_the_way_to_responses_and_back(answer):
    there = chat_agent_response_to_responses(answer)
    assert [item.type for item in there.output] == ["function_call", "function_call_output", "message"]
    back = response_to_chat_agent(there)
    assert forget_ids(back.messages) == forget_ids(answer.messages)
    assert back.model_dump(exclude={"messages"}) == answer.model_dump(exclude={"messages"})


def test_a_request_survives_the_way_to_responses_and_back(golden, answer):
    body = golden("chat_agent")["request"]
    asked = ChatAgentRequest(**body, tenant="acme")
    asked.messages += answer.messages
    there = chat_agent_request_to_responses(asked)
    assert there.context.conversation_id == "c"
    back = request_to_chat_agent(there)
    assert forget_ids(back.messages) == forget_ids(asked.messages)
    assert back.model_dump(exclude={"messages"}) == asked.model_dump(exclude={"messages"})


def test_chunks_survive_the_way_to_responses_and_back(golden):
    chunks = [ChatAgentChunk(**chunk) for chunk in golden("chat_agent")["chunks"]]
    assert list(stream_to_chat_agent(chat_agent_stream_to_responses(chunks))) == chunks


def test_chunks_describe_the_same_response_as_the_whole_answer(answer):
    chunks = [ChatAgentChunk(delta=message) for message in answer.messages]
    streamed = response_to_chat_agent(reduce_stream(chat_agent_stream_to_responses(chunks)))
    assert forget_ids(streamed.messages) == forget_ids(
        response_to_chat_agent(chat_agent_response_to_responses(answer)).messages
    )


def test_text_and_calls_of_one_chunk_are_both_kept():
    call = {"id": "t1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    chunk = ChatAgentChunk(delta={"role": "assistant", "content": "wait", "id": "m1", "tool_calls": [call]})
    output = reduce_stream(chat_agent_stream_to_responses([chunk])).output
    assert [item.type for item in output] == ["message", "function_call"]
    assert len({item.id for item in output}) == 2


def test_a_stream_of_events_gives_text_as_it_comes_and_parallel_calls_together():
    stream = ResponseStreamBuilder()
    events = [
        *stream.start(),
        *stream.text("Hel"),
        *stream.text("lo"),
        *stream.finish_item("message"),
        *stream.function_call("a", "t1", "f", "{}"),
        *stream.function_call("b", "t2", "g", "{}"),
        *stream.finish_item("a"),
        *stream.finish_item("b"),
        *stream.item({"type": "function_call_output", "call_id": "t2", "output": "2"}),
        *stream.item({"type": "function_call_output", "call_id": "t1", "output": "1"}),
        *stream.text("done"),
        *stream.finish(custom_outputs={"k": 1}),
    ]
    chunks = list(stream_to_chat_agent(events))
    deltas = [(chunk.delta.role, chunk.delta.content, chunk.delta.name) for chunk in chunks]
    assert deltas == [
        ("assistant", "Hel", None),
        ("assistant", "lo", None),
        ("assistant", "", None),
        ("tool", "2", "g"),
        ("tool", "1", "f"),
        ("assistant", "done", None),
        ("assistant", "", None),
    ]
    assert [call.id for call in chunks[2].delta.tool_calls] == ["t1", "t2"]
    assert (chunks[-1].finish_reason, chunks[-1].custom_outputs) == ("stop", {"k": 1})
    assert chunks[-1].delta.id == chunks[-2].delta.id
    whole = response_to_chat_agent(reduce_stream(events))
    assert [message.id for message in whole.messages][1:] == [chunk.delta.id for chunk in chunks[2:6]]


@pytest.mark.parametrize(
    ("fields", "finish_reason"),
    [
        ({"status": "completed"}, "stop"),
        ({"status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}, "length"),
        ({"status": "incomplete", "incomplete_details": {"reason": "tool_approval"}}, "tool_approval"),
        ({"status": "failed", "error": {"code": "server_error", "message": "boom"}}, "error"),
    ],
)
def test_how_a_response_ended_is_its_finish_reason(fields, finish_reason):
    stream = ResponseStreamBuilder()
    events = [*stream.start(), *stream.text("hi"), *stream.finish(**fields)]
    assert list(stream_to_chat_agent(events))[-1].finish_reason == finish_reason
    assert response_to_chat_agent(reduce_stream(events)).finish_reason == finish_reason


def test_messages_with_the_same_item_id_get_ids_of_their_own():
    items = [{"type": "function_call_output", "id": "x", "call_id": f"t{n}", "output": "1"} for n in (1, 2)]
    stream = ResponseStreamBuilder()
    events = [*stream.start(), *(event for item in items for event in stream.item(item)), *stream.finish()]
    ids = [message.id for message in response_to_chat_agent(reduce_stream(events)).messages]
    assert len(set(ids)) == 2


def test_images_become_attachments_and_instructions_a_system_message():
    parts = [{"type": "input_text", "text": "see"}, {"type": "input_image", "image_url": "http://x/y.png"}]
    request = validate_request({"input": [{"role": "user", "content": parts}], "instructions": "be kind"})
    system, user = request_to_chat_agent(request).messages
    assert (system.role, system.content) == ("system", "be kind")
    assert (user.content, user.attachments) == ("see", {"image_1": "http://x/y.png"})


LEGACY = {"query": "q", "history": [{"role": "user", "content": "h"}, {"role": "assistant", "content": "a"}]}


@pytest.mark.parametrize("schema", [SplitChatMessagesRequest, MultiturnChatRequest])
def test_a_legacy_request_survives_the_way_to_the_current_ones_and_back(schema):
    request = schema(**LEGACY)
    assert responses_to_split_chat(split_chat_to_responses(request)).model_dump() == LEGACY
    assert chat_agent_to_split_chat(split_chat_to_chat_agent(request)).model_dump() == LEGACY


def test_a_legacy_request_ends_with_a_question():
    with pytest.raises(SchemaError, match="the last message should be the user's"):
        responses_to_split_chat(validate_request({"input": [{"role": "assistant", "content": "hi"}]}))


def test_a_string_response_survives_the_way_to_the_current_one_and_back(answer):
    assert responses_to_string_response(string_response_to_responses(StringResponse(content="x"))).content == "x"
    assert chat_agent_to_string_response(answer).content == "3!"
