from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from spanloom.schemas import (
    ResponsesAgentStreamEvent,
    ResponseStreamBuilder,
    create_function_call_item,
    create_function_call_output_item,
    create_reasoning_item,
    create_text_delta,
    create_text_output_item,
    validate_event,
)
from spanloom.schemas.complete_stream import StreamCompleter
from spanloom.testing.grammar import check_events


def completed(*events: dict[str, Any] | ResponsesAgentStreamEvent) -> dict[str, Any]:
    completer = StreamCompleter(model="m")
    written = completer.start()
    for event in events:
        written += completer.add(validate_event(event))
    return check_events(written + completer.finish())


def done(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "response.output_item.done", "item": item}


def texts(response: dict[str, Any]) -> list[str]:
    return [part["text"] for item in response["output"] if item["type"] == "message" for part in item["content"]]


def test_deltas_and_their_done_are_one_message():
    response = completed(
        create_text_delta("Hel", "m1"), create_text_delta("lo", "m1"), done(create_text_output_item("Hello", "m1"))
    )
    assert texts(response) == ["Hello"]
    assert response["output"][0]["id"] == "m1"


def test_deltas_without_a_done_are_a_message():
    assert texts(completed(create_text_delta("Hel", "m1"), create_text_delta("lo", "m1"))) == ["Hello"]


def test_changing_ids_of_deltas_are_one_message():
    response = completed(
        create_text_delta("Hel", "c1"), create_text_delta("lo", "c2"), done(create_text_output_item("Hello", "m1"))
    )
    assert texts(response) == ["Hello"]


def test_what_the_deltas_left_out_is_said():
    response = completed(create_text_delta("Hel", "m1"), done(create_text_output_item("Hello", "m1", [CITATION])))
    assert texts(response) == ["Hello"]
    assert response["output"][0]["content"][0]["annotations"] == [CITATION]


CITATION = {"type": "url_citation", "url": "https://example.org", "title": "t", "start_index": 0, "end_index": 1}


def test_a_done_that_contradicts_its_deltas_is_another_message():
    response = completed(create_text_delta("Hel", "m1"), done(create_text_output_item("Good morning", "m1")))
    assert texts(response) == ["Hel", "Good morning"]
    assert len({item["id"] for item in response["output"]}) == 2


def test_whole_items_of_every_kind_pass():
    response = completed(
        done(create_reasoning_item("r1", "why")),
        done(create_function_call_item("fc1", "c1", "f", '{"x":1}')),
        done(create_function_call_output_item("c1", "out")),
        done({"type": "web_search_call", "id": "ws1", "status": "completed"}),
        done(create_text_output_item("hi", "m1")),
    )
    kinds = ["reasoning", "function_call", "function_call_output", "web_search_call", "message"]
    assert [item["type"] for item in response["output"]] == kinds


def test_parallel_calls_that_share_an_id_get_their_own():
    response = completed(
        done(create_function_call_item("same", "c1", "f", "{}")),
        done(create_function_call_item("same", "c2", "g", "{}")),
    )
    assert [item["call_id"] for item in response["output"]] == ["c1", "c2"]
    assert len({item["id"] for item in response["output"]}) == 2


def test_several_model_calls_are_one_response():
    first, second = ResponseStreamBuilder(model="a"), ResponseStreamBuilder(model="a")
    usage = {
        "input_tokens": 1,
        "input_tokens_details": {"cached_tokens": 1},
        "output_tokens": 2,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 3,
    }
    response = completed(
        *first.start(),
        *first.reasoning("hm"),
        *first.function_call("k", "c1", "f", "{}"),
        *first.finish(usage=usage),
        done(create_function_call_output_item("c1", "out")),
        *second.start(),
        *second.text("Sunny"),
        *second.finish("incomplete", usage=usage, incomplete_details={"reason": "max_output_tokens"}),
    )
    assert [item["type"] for item in response["output"]] == [
        "reasoning",
        "function_call",
        "function_call_output",
        "message",
    ]
    assert response["usage"] | {"input_tokens": 2, "total_tokens": 6} == response["usage"]
    assert response["usage"]["input_tokens_details"] == {"cached_tokens": 2}
    assert (response["status"], response["incomplete_details"]) == ("incomplete", {"reason": "max_output_tokens"})


def test_a_response_that_comes_only_at_the_end_is_streamed():
    final = {"output": [create_text_output_item("hi", "m1")], "custom_outputs": {"k": 1}}
    response = completed({"type": "response.completed", "response": final})
    assert texts(response) == ["hi"]
    assert response["custom_outputs"] == {"k": 1}


def test_an_error_event_fails_the_response():
    response = completed(create_text_delta("Hel", "m1"), {"type": "error", "message": "boom"})
    assert (response["status"], response["error"]["message"]) == ("failed", "boom")
    assert response["output"][0]["status"] == "incomplete"


def test_progress_of_hosted_tools_and_unknown_events_pass():
    item = {"type": "web_search_call", "id": "ws1", "status": "in_progress"}
    completer = StreamCompleter(model="m")
    events = completer.start()
    for event in (
        {"type": "response.output_item.added", "output_index": 7, "item": item},
        {"type": "response.web_search_call.searching", "item_id": "ws1", "output_index": 7},
        {"type": "custom.thing", "value": 1, "sequence_number": 99},
        done({**item, "status": "completed"}),
    ):
        events += completer.add(validate_event(event))
    events += completer.finish()
    check_events(events)
    kinds = [event.type for event in events]
    assert "response.web_search_call.searching" in kinds
    assert "custom.thing" in kinds


@given(
    st.lists(
        st.one_of(
            st.text(max_size=3).map(lambda text: ("text", text)),
            st.text(max_size=3).map(lambda text: ("reasoning", text)),
            st.text(max_size=3).map(lambda text: ("call", text)),
        ),
        max_size=8,
    )
)
def test_a_stream_that_is_well_formed_already_says_the_same(parts: list[tuple[str, str]]):
    builder = ResponseStreamBuilder(model="m")
    events = builder.start()
    for number, (kind, text) in enumerate(parts):
        if kind == "text":
            events += builder.text(text, number % 2)
        elif kind == "reasoning":
            events += builder.reasoning(text, "r")
        else:
            events += builder.function_call(object(), f"c{number}", "f", json.dumps(text))
    events += builder.finish()
    before, after = check_events(events), completed(*events)
    assert after["output"] == before["output"]
