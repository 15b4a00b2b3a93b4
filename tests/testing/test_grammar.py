from __future__ import annotations

import pytest

from spanloom.schemas.response_stream import ResponseStreamBuilder
from spanloom.testing.grammar import check_events


def events() -> list[dict]:
    stream = ResponseStreamBuilder(model="m")
    made = [
        *stream.start(),
        *stream.reasoning("Hm", "r"),
        *stream.reasoning_paragraph("r"),
        *stream.reasoning("so", "r"),
        *stream.finish_item("r", encrypted_content="xyz"),
        *stream.text("Hel"),
        *stream.text("lo"),
        *stream.function_call("f", "call_1", "add", '{"a":'),
        *stream.function_call_arguments("f", "1}"),
        *stream.item({"type": "function_call_output", "call_id": "call_1", "output": "1"}),
        *stream.finish(),
    ]
    return [event.model_dump(exclude_none=True) for event in made]


def test_a_well_formed_stream_gives_its_final_response():
    response = check_events(events())
    assert [item["type"] for item in response["output"]] == [
        "reasoning",
        "message",
        "function_call",
        "function_call_output",
    ]
    assert response["output"][0]["encrypted_content"] == "xyz"
    assert [part["text"] for part in response["output"][0]["summary"]] == ["Hm", "so"]


def without(kind: str):
    def change(stream):
        stream.remove(next(event for event in stream if event["type"] == kind))
        for number, event in enumerate(stream):
            event["sequence_number"] = number

    return change


def setting(kind: str, **fields):
    def change(stream):
        next(event for event in stream if event["type"] == kind).update(fields)

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda stream: stream.clear(), "no terminal event"),
        (lambda stream: stream.pop(), "no terminal event"),
        (lambda stream: stream.append({**stream[-1], "sequence_number": len(stream)}), "after the terminal event"),
        (lambda stream: stream.pop(3), "has sequence_number 4"),
        (without("response.created"), "should be response.created"),
        (without("response.in_progress"), "should be response.in_progress"),
        (without("response.output_item.added"), "was not added"),
        (without("response.content_part.added"), "part 0 is not open"),
        (without("response.content_part.done"), "parts are still open"),
        (without("response.output_text.delta"), "its deltas say 'lo', but it says 'Hello'"),
        (without("response.output_text.done"), "deltas without a done"),
        (without("response.output_item.done"), "were not done"),
        (setting("response.output_text.delta", item_id="msg_other"), "name different items"),
        (setting("response.function_call_arguments.done", arguments="{}"), "its deltas say"),
        (setting("response.output_item.done", item={"id": "rs_other", "type": "reasoning"}), "its id was"),
        (lambda stream: stream[-1]["response"].update(output=[]), "differs from the finished items"),
        (lambda stream: stream[-1]["response"].update(status="failed"), "the response is failed"),
        (lambda stream: stream[-1]["response"].update(id="resp_other"), "id changed"),
    ],
)
def test_a_broken_stream_is_refused_with_the_rule_that_it_breaks(change, message: str):
    stream = events()
    change(stream)
    with pytest.raises(AssertionError, match=message):
        check_events(stream)
