from __future__ import annotations

import pytest

from spanloom.schemas import (
    ChatStreamConverter,
    ResponseStreamBuilder,
    achat_stream_to_responses,
    chat_completion_to_response,
    chat_stream_to_responses,
    reduce_stream,
)


def chunk(chunk_id="c1", finish_reason=None, index=0, **delta):
    return {"id": chunk_id, "model": "m", "choices": [{"index": index, "delta": delta, "finish_reason": finish_reason}]}


def call(index, call_id=None, name=None, arguments=None):
    body = {"id": call_id, "function": {"name": name, "arguments": arguments}}
    return body if index is None else body | {"index": index}


def reduced(*chunks):
    return reduce_stream(chat_stream_to_responses(chunks))


def test_ids_stay_the_same_when_chunk_ids_change():
    events = list(chat_stream_to_responses([chunk("1", content="a"), chunk("2", content="b"), chunk("3")]))
    ids = {event.item_id for event in events if event.type.endswith("delta")}
    assert ids == {event.item["id"] for event in events if event.type.endswith("item.done")}
    assert len(ids) == 1


def test_parallel_calls_keep_distinct_ids_and_their_own_arguments():
    response = reduced(
        chunk(tool_calls=[call(0, "t0", "f", ""), call(1, "t1", "g", "{")]),
        chunk(tool_calls=[call(1, arguments="}")]),
        chunk(tool_calls=[call(0, arguments='{"a":1}')]),
    )
    assert [(item.call_id, item.name, item.arguments) for item in response.output] == [
        ("t0", "f", '{"a":1}'),
        ("t1", "g", "{}"),
    ]
    assert len({item.id for item in response.output}) == 2


@pytest.mark.parametrize("index", [0, None], ids=["always index 0", "no index"])
def test_calls_are_told_apart_by_id_when_indices_do_not_help(index):
    response = reduced(
        chunk(tool_calls=[call(index, "t0", "f", '{"a"')]),
        chunk(tool_calls=[call(index, arguments=":1}")]),
        chunk(tool_calls=[call(index, "t1", "f", "{}")]),
    )
    assert [(item.call_id, item.arguments) for item in response.output] == [("t0", '{"a":1}'), ("t1", "{}")]


def test_a_call_begins_when_its_name_is_known_and_gets_an_id_if_it_has_none():
    response = reduced(chunk(tool_calls=[call(0, arguments="{")]), chunk(tool_calls=[call(0, None, "f", "}")]))
    (item,) = response.output
    assert (item.name, item.arguments) == ("f", "{}")
    assert item.call_id.startswith("call_")


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_reasoning_comes_before_the_text(field):
    response = reduced(chunk(**{field: "thi"}), chunk(**{field: "nk"}), chunk(content="answer"))
    reasoning, message = response.output
    assert reasoning.summary[0].text == "think"
    assert message.content[0].text == "answer"


@pytest.mark.parametrize(
    ("delta", "kinds"),
    [({"reasoning": "why"}, ["reasoning"]), ({"tool_calls": [call(0, "t", "f", "{}")]}, ["function_call"]), ({}, [])],
)
def test_a_stream_may_have_no_text(delta, kinds):
    assert [item.type for item in reduced(chunk(**delta)).output] == kinds


def test_text_after_a_call_joins_the_same_message():
    response = reduced(chunk(content="a"), chunk(tool_calls=[call(0, "t", "f", "{}")]), chunk(content="b"))
    assert [item.type for item in response.output] == ["message", "function_call"]
    assert response.output_text == "ab"


def test_text_parts_are_read_as_text():
    assert reduced(chunk(content=[{"type": "text", "text": "hi"}])).output_text == "hi"


def test_a_refusal_is_a_refusal():
    (message,) = reduced(chunk(refusal="I "), chunk(refusal="won't")).output
    assert message.content[0].refusal == "I won't"


def test_several_choices_are_several_messages():
    response = reduced(chunk(content="a"), chunk(content="b", index=1), chunk(content="c"))
    assert [item.content[0].text for item in response.output] == ["ac", "b"]


def test_usage_and_model_reach_the_response():
    usage = {
        "prompt_tokens": 5,
        "completion_tokens": 7,
        "total_tokens": 12,
        "completion_tokens_details": {"reasoning_tokens": 2},
        "prompt_tokens_details": {"cached_tokens": 3},
    }
    response = reduced(chunk(content="hi"), {"choices": [], "usage": usage, "model": "m"})
    assert response.model == "m"
    assert response.usage.model_dump() == {
        "input_tokens": 5,
        "input_tokens_details": {"cached_tokens": 3, "cache_write_tokens": 0},
        "output_tokens": 7,
        "output_tokens_details": {"reasoning_tokens": 2},
        "total_tokens": 12,
    }


@pytest.mark.parametrize(
    ("finish_reason", "reason"),
    [("length", "max_output_tokens"), ("content_filter", "content_filter")],
)
def test_an_answer_that_was_cut_is_incomplete(finish_reason, reason):
    response = reduced(chunk(content="hi"), chunk(finish_reason=finish_reason))
    assert (response.status, response.incomplete_details.reason) == ("incomplete", reason)
    message = {"role": "assistant", "content": "hi"}
    whole = chat_completion_to_response({"choices": [{"message": message, "finish_reason": finish_reason}]})
    assert (whole["status"], whole["incomplete_details"]) == ("incomplete", {"reason": reason})


@pytest.mark.anyio
async def test_an_asynchronous_stream_gives_the_same_response():
    chunks = [chunk(content="hi"), chunk(tool_calls=[call(0, "t", "f", "{}")])]

    async def stream():
        for body in chunks:
            yield body

    response = reduce_stream([event async for event in achat_stream_to_responses(stream())])
    assert [item.type for item in response.output] == ["message", "function_call"]


def test_a_completion_may_be_a_part_of_a_response():
    stream = ResponseStreamBuilder()
    for text, finish_reason in (("one", "stop"), ("two", "length")):
        converter = ChatStreamConverter(stream)
        converter.add(chunk(content=text))
        assert not converter.finished
        converter.add({"choices": [{"delta": {}, "finish_reason": finish_reason}], "usage": {"prompt_tokens": 3}})
        assert converter.finished
        converter.end_turn()
    assert [(item["content"][0]["text"], item["status"]) for item in stream.output] == [
        ("one", "completed"),
        ("two", "incomplete"),
    ]
    assert (converter.incomplete_reason, converter.usage["input_tokens"]) == ("max_output_tokens", 3)


def test_citations_are_annotations():
    cited = {"url": "https://a.b", "title": "A", "start_index": 0, "end_index": 2}
    response = reduced(chunk(content="Hi"), chunk(annotations=[{"type": "url_citation", "url_citation": cited}]))
    assert response.output[0].content[0].annotations[0].url == "https://a.b"
