from __future__ import annotations

import pytest

from spanloom.schemas import ResponseStreamBuilder, create_text_output_item, reduce_stream, validate_event

CALL = {"type": "function_call", "id": "fc1", "call_id": "c1", "name": "f", "arguments": '{"a":1}'}


def kinds(events):
    return [event.type.removeprefix("response.") for event in events]


def check_grammar(events):
    """The rules that hold for every stream."""
    assert [event.sequence_number for event in events] == list(range(len(events)))
    assert kinds(events)[:2] == ["created", "in_progress"]
    assert kinds(events)[-1] in {"completed", "incomplete", "failed"}
    announced, finished, deltas = {}, {}, {}
    for event in events:
        validate_event(event.model_dump(exclude_none=True))
        if event.type == "response.output_item.added":
            assert event.output_index == len(announced)
            announced[event.item["id"]] = event.output_index
        elif event.type == "response.output_item.done":
            assert announced[event.item["id"]] == event.output_index
            finished[event.output_index] = event.item
        elif "item_id" in event.model_extra:
            assert announced[event.item_id] == event.output_index
            assert event.output_index not in finished
            place = (event.item_id, event.model_extra.get("content_index"), event.model_extra.get("summary_index"))
            if event.type.endswith(".delta"):
                deltas[place] = deltas.get(place, "") + event.delta
            elif event.type.endswith((".output_text.done", ".refusal.done", "_text.done", "_arguments.done")):
                whole = event.model_extra.get("text", event.model_extra.get("refusal"))
                whole = event.arguments if whole is None else whole
                assert deltas.get(place, "") == whole
    assert events[-1].response["output"] == [finished[index] for index in range(len(announced))]


def test_text_goes_through_the_whole_grammar():
    stream = ResponseStreamBuilder(model="m")
    events = [*stream.start(), *stream.text("Hel"), *stream.text("lo"), *stream.finish()]
    check_grammar(events)
    assert kinds(events) == [
        "created",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    assert {event.response["id"] for event in events if "response" in event.model_extra} == {stream.response_id}


def test_several_items_may_be_open_at_once():
    stream = ResponseStreamBuilder()
    events = [
        *stream.start(),
        *stream.reasoning("hm"),
        *stream.function_call("a", "call_a", "f"),
        *stream.function_call("b", "call_b", "g", "{"),
        *stream.function_call_arguments("a", "{}"),
        *stream.function_call_arguments("b", "}"),
        *stream.text("hi"),
        *stream.finish_item("a"),
        *stream.finish(),
    ]
    check_grammar(events)
    output = reduce_stream(events).output
    assert [item.type for item in output] == ["reasoning", "function_call", "function_call", "message"]
    assert [(item.call_id, item.arguments) for item in output[1:3]] == [("call_a", "{}"), ("call_b", "{}")]


def test_a_refusal_after_text_is_a_part_of_the_same_message():
    stream = ResponseStreamBuilder()
    events = [*stream.start(), *stream.text("well"), *stream.refusal("no"), *stream.finish()]
    check_grammar(events)
    (message,) = reduce_stream(events).output
    assert [part.type for part in message.content] == ["output_text", "refusal"]


def test_an_annotation_belongs_to_the_open_text():
    citation = {"type": "url_citation", "title": "t", "url": "u", "start_index": 0, "end_index": 1}
    stream = ResponseStreamBuilder()
    events = [*stream.start(), *stream.text("hi"), *stream.annotation(citation), *stream.finish()]
    check_grammar(events)
    assert reduce_stream(events[:-1]).model_dump(exclude_none=True)["output"][0]["content"][0]["annotations"] == [
        citation
    ]


WHOLE_ITEMS = [
    create_text_output_item("hi", "m1", [{"type": "file_path", "file_id": "f", "index": 0}]),
    {"type": "message", "id": "m2", "role": "assistant", "content": [{"type": "refusal", "refusal": "no"}]},
    create_text_output_item("", "m3"),
    CALL,
    CALL | {"arguments": ""},
    {"type": "reasoning", "id": "r1", "summary": [{"type": "summary_text", "text": text} for text in ("a", "b")]},
    {"type": "reasoning", "id": "r2", "summary": [], "encrypted_content": "xyz"},
    {"type": "function_call_output", "id": "fco1", "call_id": "c1", "output": "3"},
    {"type": "web_search_call", "id": "ws1", "status": "completed", "action": {"type": "search"}},
]


@pytest.mark.parametrize("item", WHOLE_ITEMS, ids=lambda item: item["id"])
def test_a_whole_item_is_announced_and_delivered_as_it_is(item):
    stream = ResponseStreamBuilder()
    events = [*stream.start(), *stream.item(item), *stream.finish()]
    check_grammar(events)
    (final,) = events[-1].response["output"]
    assert {key: final[key] for key in item} == item


def test_what_is_open_when_a_stream_fails_is_incomplete():
    stream = ResponseStreamBuilder()
    error = {"code": "server_error", "message": "boom"}
    events = [*stream.start(), *stream.text("Hel"), *stream.finish("failed", error=error)]
    check_grammar(events)
    response = reduce_stream(events)
    assert (response.status, response.error.message, response.output[0].status) == ("failed", "boom", "incomplete")


def test_finishing_an_item_that_is_not_open_says_nothing():
    stream = ResponseStreamBuilder()
    assert stream.finish_item("nobody") == []
    stream.text("hi")
    assert stream.is_open("message")
    stream.finish_item("message")
    assert not stream.is_open("message")


def test_earlier_events_do_not_change_when_the_stream_goes_on():
    stream = ResponseStreamBuilder()
    events = [*stream.start(), *stream.text("hi")]
    before = [event.model_dump_json() for event in events]
    stream.text(" you")
    stream.finish()
    assert [event.model_dump_json() for event in events] == before


def test_a_hosted_tool_tells_how_far_it_has_come():
    stream = ResponseStreamBuilder()
    call = {"type": "web_search_call", "id": "ws1", "status": "in_progress"}
    events = [
        *stream.start(),
        *stream.begin_item("w", call),
        *stream.progress("w", "response.web_search_call.searching", query="weather"),
        *stream.finish_item("w", action={"type": "search"}),
        *stream.begin_item("x", {**call, "id": "ws2"}),
        *stream.finish("failed"),
    ]
    check_grammar(events)
    assert (events[3].item_id, events[3].output_index, events[3].query) == ("ws1", 0, "weather")
    assert [(item["status"], item.get("action")) for item in events[-1].response["output"]] == [
        ("completed", {"type": "search"}),
        ("incomplete", None),
    ]


def test_ids_of_the_provider_are_kept():
    stream = ResponseStreamBuilder()
    stream.refusal("no", "r", "msg_1")
    stream.function_call("f", "c1", "f", item_id="fc_1")
    stream.finish_item("r")
    stream.finish_item("f")
    assert [item["id"] for item in stream.output] == ["msg_1", "fc_1"]
