from __future__ import annotations

from spanloom.schemas import (
    chat_completion_to_response,
    chat_to_responses,
    create_function_call_item,
    create_text_output_item,
    responses_usage_to_chat,
    to_chat_completions_input,
    validate_request,
)

CALLS = [create_function_call_item(f"fc{n}", f"c{n}", "f", "{}") for n in (1, 2)]


def forget_ids(items):
    return [{key: value for key, value in item.items() if key not in {"id", "status"}} for item in items]


def test_parallel_calls_are_one_message_together_with_the_text_before_them():
    messages = to_chat_completions_input([create_text_output_item("let me see", "m1"), *CALLS])
    function = {"arguments": "{}", "name": "f"}
    assert messages == [
        {
            "role": "assistant",
            "content": "let me see",
            "tool_calls": [{"id": call_id, "type": "function", "function": function} for call_id in ("c1", "c2")],
        }
    ]


def test_images_files_and_sound_keep_their_place_in_one_message():
    parts = [
        {"type": "input_text", "text": "what is this?"},
        {"type": "input_image", "image_url": "data:image/png;base64,xx", "detail": "low"},
        {"type": "input_file", "file_data": "xx", "filename": "a.pdf"},
        {"type": "input_audio", "input_audio": {"data": "xx", "format": "wav"}},
    ]
    item = {"type": "message", "role": "user", "content": parts}
    (message,) = to_chat_completions_input([item])
    assert message["content"] == [
        {"type": "text", "text": "what is this?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,xx", "detail": "low"}},
        {"type": "file", "file": {"file_data": "xx", "filename": "a.pdf"}},
        {"type": "input_audio", "input_audio": {"data": "xx", "format": "wav"}},
    ]
    assert chat_to_responses([message]) == [item]


def test_an_uploaded_image_is_named_by_its_id():
    part = {"type": "input_image", "file_id": "file_1", "detail": "auto"}
    (message,) = to_chat_completions_input([{"role": "user", "content": [part]}])
    assert message["content"] == [{"type": "file", "file": {"file_id": "file_1"}}]


def test_a_refusal_stays_a_refusal():
    item = {"type": "message", "role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]}
    (message,) = to_chat_completions_input([item])
    assert message == {"role": "assistant", "content": None, "refusal": "no"}
    assert forget_ids(chat_to_responses([message])) == [item]


def test_reasoning_and_hosted_calls_are_left_out():
    hidden = [{"type": "reasoning", "id": "r", "summary": []}, {"type": "web_search_call", "id": "w"}]
    assert to_chat_completions_input(hidden) == []


def test_instructions_become_a_system_message():
    assert to_chat_completions_input([], instructions="be kind") == [{"role": "system", "content": "be kind"}]


def test_models_are_read_like_dicts():
    bodies = [{"role": "user", "content": "hi"}, *CALLS]
    request = validate_request({"input": bodies})
    assert to_chat_completions_input(request.input_items()) == to_chat_completions_input(bodies)


def test_an_output_that_is_not_text_alone_is_told_as_json():
    output = [{"type": "input_image", "image_url": "u"}]
    item = {"type": "function_call_output", "call_id": "c1", "output": output}
    assert to_chat_completions_input([item])[0]["content"] == '[{"type": "input_image", "image_url": "u"}]'


def test_a_whole_chat_completion_becomes_a_complete_response():
    message = {
        "role": "assistant",
        "content": "hi",
        "reasoning_content": "hm",
        "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}],
    }
    usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
    completion = {"model": "m", "created": 7, "choices": [{"message": message}], "usage": usage}
    response = chat_completion_to_response(completion, custom_outputs={"k": 1})
    assert [item["type"] for item in response["output"]] == ["reasoning", "message", "function_call"]
    assert (response["model"], response["created_at"], response["status"]) == ("m", 7, "completed")
    assert response["custom_outputs"] == {"k": 1}
    assert responses_usage_to_chat(response["usage"]) == usage
