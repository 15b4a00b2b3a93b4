"""Everything that is produced here is also valid for the `openai` package: its types, and its stream accumulator."""

from __future__ import annotations

import pytest

from spanloom.schemas import (
    ChatAgentResponse,
    ResponseStreamBuilder,
    chat_agent_response_to_responses,
    chat_completion_to_response,
    chat_stream_to_responses,
    create_function_call_item,
    create_response,
    create_text_output_item,
    reduce_stream,
    string_response_to_responses,
    to_chat_completions_input,
    validate_event,
    validate_request,
    validate_response,
)
from spanloom.schemas.legacy import StringResponse

pytest.importorskip("openai")

from openai import omit
from openai.lib.streaming.responses._responses import ResponseStreamState
from openai.types.chat import ChatCompletionMessageParam
from openai.types.responses import Response, ResponseStreamEvent
from pydantic import TypeAdapter

EVENT = TypeAdapter(ResponseStreamEvent)
USAGE = {
    "input_tokens": 1,
    "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
    "output_tokens": 1,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 2,
}
CITATION = {"type": "url_citation", "title": "t", "url": "u", "start_index": 0, "end_index": 1}


def accumulated(events):
    """What openai's client makes of a stream, after each event was valid for its types."""
    state = ResponseStreamState(input_tools=[], text_format=omit)
    for event in events:
        state.handle_event(EVENT.validate_python(event.model_dump(exclude_none=True)))
    return state._completed_response


def built_stream():
    stream = ResponseStreamBuilder(model="m")
    return [
        *stream.start(),
        *stream.reasoning("hm"),
        *stream.finish_item("reasoning"),
        *stream.text("let me see"),
        *stream.annotation(CITATION),
        *stream.function_call("a", "call_a", "f"),
        *stream.function_call("b", "call_b", "g"),
        *stream.function_call_arguments("b", "{}"),
        *stream.function_call_arguments("a", '{"x":1}'),
        *stream.finish_item("a"),
        *stream.finish_item("b"),
        *stream.finish_item("message"),
        *stream.item({"type": "function_call_output", "call_id": "call_a", "output": "3"}),
        *stream.item({"type": "reasoning", "summary": [{"type": "summary_text", "text": "aha"}]}),
        *stream.item(create_text_output_item("done", "msg_2", [CITATION])),
        *stream.refusal("no more", "other"),
        *stream.finish(usage=USAGE),
    ]


def chat_stream():
    deltas = [
        {"reasoning_content": "hm"},
        {"content": "Hel"},
        {"content": "lo"},
        {"tool_calls": [{"index": 0, "id": "c0", "function": {"name": "f", "arguments": "{"}}]},
        {"tool_calls": [{"index": 1, "id": "c1", "function": {"name": "g", "arguments": "{}"}}]},
        {"tool_calls": [{"index": 0, "function": {"arguments": "}"}}]},
    ]
    usage = {"prompt_tokens": 1, "completion_tokens": 2}
    return list(
        chat_stream_to_responses(
            [*({"model": "m", "choices": [{"delta": delta}]} for delta in deltas), {"choices": [], "usage": usage}]
        )
    )


@pytest.mark.parametrize("make", [built_stream, chat_stream])
def test_every_event_is_valid_and_openais_client_reads_the_same_response(make):
    events = make()
    theirs = accumulated(events).to_dict()
    ours = reduce_stream(events).model_dump(exclude_none=True)
    # Their client adds nulls: `parsed`, `parsed_arguments`.
    assert validate_response(theirs).model_dump(exclude_none=True)["output"] == ours["output"]
    assert theirs["id"] == ours["id"]
    Response.model_validate(ours)


@pytest.mark.parametrize(
    ("status", "fields"),
    [
        ("failed", {"error": {"code": "server_error", "message": "boom"}}),
        ("incomplete", {"incomplete_details": {"reason": "max_output_tokens"}}),
    ],
)
def test_a_stream_that_ends_badly_is_valid_too(status, fields):
    stream = ResponseStreamBuilder(model="m")
    events = [*stream.start(), *stream.text("Hel"), *stream.finish(status, **fields)]
    for event in events:
        EVENT.validate_python(event.model_dump(exclude_none=True))
    Response.model_validate(reduce_stream(events).model_dump(exclude_none=True))


def test_responses_of_every_converter_are_valid(golden):
    message = {"role": "assistant", "content": "hi", "refusal": None, "reasoning_content": "hm"}
    agent = ChatAgentResponse(**golden("chat_agent")["response"])
    bodies = [
        create_response([create_text_output_item("hi", "m1"), create_function_call_item("fc", "c", "f", "{}")]),
        chat_completion_to_response({"choices": [{"message": message}]}),
        chat_agent_response_to_responses(agent).model_dump(exclude_none=True),
        string_response_to_responses(StringResponse(content="x")).model_dump(exclude_none=True),
    ]
    for body in bodies:
        Response.model_validate(body)


def test_openais_own_objects_are_read():
    events = built_stream()
    theirs = [EVENT.validate_python(event.model_dump(exclude_none=True)) for event in events]
    assert [validate_event(event) for event in theirs] == [
        validate_event(e.model_dump(exclude_none=True)) for e in events
    ]
    response = theirs[-1].response
    assert validate_response(response).output == reduce_stream(events).output
    # Items of an earlier response go into the next request as they are.
    request = validate_request({"input": [{"role": "user", "content": "hi"}, *response.output]})
    assert [item.type for item in request.input_items()][1:] == [item.type for item in response.output]


def test_chat_messages_are_valid_for_openais_request_types():
    items = [
        {"role": "user", "content": [{"type": "input_text", "text": "a"}, {"type": "input_image", "image_url": "u"}]},
        create_text_output_item("let me see", "m1"),
        create_function_call_item("fc", "c1", "f", "{}"),
        {"type": "function_call_output", "call_id": "c1", "output": [{"type": "input_text", "text": "3"}]},
    ]
    messages = TypeAdapter(list[ChatCompletionMessageParam])
    messages.validate_python(to_chat_completions_input(items, instructions="be kind"), strict=True)
