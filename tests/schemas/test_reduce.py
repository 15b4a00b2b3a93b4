from __future__ import annotations

import pytest

from spanloom.errors import SchemaError
from spanloom.schemas import (
    StreamReducer,
    create_function_call_item,
    create_text_delta,
    create_text_output_item,
    new_event,
    reduce_stream,
)

CREATED = {"type": "response.created", "response": {"id": "resp_1", "output": [], "status": "in_progress"}}
CALL = create_function_call_item("fc1", "c1", "f", "{}")


def done(item, **fields):
    return {"type": "response.output_item.done", "item": item, **fields}


def dumped(events):
    return reduce_stream(events).model_dump(exclude_none=True)


def test_deltas_without_a_done_are_not_lost():
    response = reduce_stream([create_text_delta("Hel", "m1"), create_text_delta("lo", "m1")])
    assert response.output_text == "Hello"
    assert response.output[0].id == "m1"


def test_a_done_item_wins_over_its_deltas():
    events = [create_text_delta("draft", "m1"), done(create_text_output_item("final", "m1"))]
    assert dumped(events)["output"] == [create_text_output_item("final", "m1")]


def test_every_kind_of_delta_is_put_together():
    where = {"item_id": "m1", "output_index": 0}
    events = [
        new_event("response.output_text.delta", content_index=0, delta="yes", **where),
        new_event(
            "response.output_text.annotation.added",
            content_index=0,
            annotation={"type": "file_path", "file_id": "f", "index": 0},
            **where,
        ),
        new_event("response.refusal.delta", content_index=1, delta="no", **where),
        new_event("response.reasoning_summary_text.delta", item_id="r1", output_index=1, summary_index=0, delta="why"),
        new_event("response.reasoning_text.delta", item_id="r1", output_index=1, content_index=0, delta="deep"),
    ]
    message, reasoning = dumped(events)["output"]
    assert message["content"] == [
        {
            "type": "output_text",
            "text": "yes",
            "annotations": [{"type": "file_path", "file_id": "f", "index": 0}],
        },
        {"type": "refusal", "refusal": "no"},
    ]
    assert reasoning["summary"] == [{"type": "summary_text", "text": "why"}]
    assert reasoning["content"] == [{"type": "reasoning_text", "text": "deep"}]


def test_a_call_that_was_announced_keeps_the_arguments_that_came():
    added = {"type": "response.output_item.added", "item": CALL | {"arguments": "", "status": "in_progress"}}
    pieces = [
        {"type": "response.function_call_arguments.delta", "item_id": "fc1", "delta": text} for text in ('{"a"', ":1}")
    ]
    assert dumped([added, *pieces])["output"] == [CALL | {"arguments": '{"a":1}', "status": "incomplete"}]


def test_a_call_that_nobody_named_is_left_out():
    assert dumped([{"type": "response.function_call_arguments.delta", "item_id": "fc1", "delta": "{}"}])["output"] == []


def test_text_that_came_under_other_ids_is_not_told_twice():
    events = [create_text_delta("a", "1"), create_text_delta("b", "2"), done(create_text_output_item("ab", "2"))]
    assert reduce_stream(events).output_text == "ab"
    events = [create_text_delta("a", "1"), create_text_delta("b", "1"), done(create_text_output_item("ab", "9"))]
    assert reduce_stream(events).output_text == "ab"


def test_items_with_the_same_id_are_all_kept():
    calls = [CALL, CALL | {"call_id": "c2"}]
    assert dumped([done(call) for call in calls])["output"] == calls


def test_items_are_ordered_by_their_index_not_by_when_they_finished():
    second = done(CALL, output_index=1)
    first = done(create_text_output_item("hi", "m1"), output_index=0)
    assert [item.type for item in reduce_stream([second, first]).output] == ["message", "function_call"]


@pytest.mark.parametrize("status", ["completed", "incomplete", "failed"])
def test_the_terminal_events_response_is_used(status):
    final = {"id": "resp_1", "status": status, "output": [CALL], "model": "m"}
    events = [CREATED, done(create_text_output_item("hi", "m1")), {"type": f"response.{status}", "response": final}]
    assert dumped(events) == {"object": "response", **final}


def test_a_terminal_response_without_output_gets_the_items_of_the_stream():
    events = [done(CALL), {"type": "response.completed", "response": {"id": "r", "status": "completed"}}]
    assert dumped(events)["output"] == [CALL]


def test_a_stream_that_breaks_off_is_incomplete():
    response = reduce_stream([CREATED, create_text_delta("Hel", "m1")])
    assert (response.status, response.output_text, response.id) == ("incomplete", "Hel", "resp_1")


def test_an_error_event_fails_the_response():
    response = reduce_stream([CREATED, done(CALL), {"type": "error", "message": "boom", "code": "rate_limit_exceeded"}])
    assert response.status == "failed"
    assert response.error.model_dump() == {"code": "rate_limit_exceeded", "message": "boom"}
    assert len(response.output) == 1


def test_custom_outputs_of_all_events_are_merged():
    events = [new_event("x.y", custom_outputs={"a": 1, "b": 1}), new_event("x.y", custom_outputs={"b": 2})]
    assert reduce_stream(events).custom_outputs == {"a": 1, "b": 2}


def test_the_body_can_be_asked_for_in_the_middle():
    reducer = StreamReducer()
    reducer.add(create_text_delta("Hel", "m1"))
    assert reducer.body()["output"][0]["content"][0]["text"] == "Hel"
    reducer.add(create_text_delta("lo", "m1"))
    assert reducer.body()["output"][0]["content"][0]["text"] == "Hello"


def test_an_item_that_does_not_fit_is_named_by_its_path():
    with pytest.raises(SchemaError, match=r"output\[0\]\.arguments: should be a valid string, got dict"):
        reduce_stream([new_event("response.output_item.done", item=CALL | {"arguments": {}})])
