from __future__ import annotations

import pytest

from spanloom import schemas
from spanloom.schemas import ResponsesAgentResponse, reduce_stream, validate_event, validate_request


def without_nulls(value):
    """`value` with the nulls inside it removed: an item's absent fields are not dumped as null by MLflow."""
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value


@pytest.fixture
def captured(golden):
    return golden("responses_agent")


def test_a_request_dumps_to_the_captured_body(captured):
    request = validate_request(captured["request"])
    assert request.model_dump(exclude_none=True) == captured["request_dump"]["exclude_none"]


def test_a_full_request_dump_has_every_captured_field(captured):
    dump = validate_request(captured["request"]).model_dump()
    full = captured["request_dump"]["full"]
    assert full.keys() <= dump.keys()
    assert without_nulls(dump) == without_nulls(full)


def test_a_response_dumps_to_the_captured_body(captured):
    expected = captured["response"]
    expected["usage"]["input_tokens_details"]["cache_write_tokens"] = 0  # openai's types require it
    assert ResponsesAgentResponse(**captured["response"]).model_dump(exclude_none=True) == expected


def test_a_full_response_dump_has_exactly_the_captured_fields(captured):
    dump = ResponsesAgentResponse(**captured["response"]).model_dump()
    dump["usage"]["input_tokens_details"].pop("cache_write_tokens")
    assert dump.keys() == captured["response_full"].keys()
    assert dump | {"output": without_nulls(dump["output"])} == captured["response_full"]


def test_the_captured_response_has_a_text(captured):
    assert ResponsesAgentResponse(**captured["response"]).output_text == "The answer is 3."


def test_output_text_reads_items_that_are_put_in_as_dicts_later():
    response = ResponsesAgentResponse(output=[schemas.create_text_output_item("a", "m1")])
    response.output.append(schemas.create_text_output_item("b", "m2"))
    response.output.append({"type": "acme_call"})
    assert response.output_text == "ab"


def test_events_dump_to_the_captured_bodies(captured):
    events = [validate_event(event) for event in captured["events"]]
    assert [event.model_dump(exclude_none=True) for event in events] == captured["events"]
    assert [event.model_dump() for event in events] == captured["events_full"]


def test_the_captured_stream_reduces_to_the_captured_response(captured):
    reduced = reduce_stream(captured["events"]).model_dump(exclude_none=True)
    expected = captured["response"]
    assert reduced == {key: expected[key] for key in ("object", "output", "custom_outputs")}


def test_the_captured_reducer_results_are_kept(golden):
    results = golden("reducer")
    done = [{"type": "response.output_item.done", "item": item} for item in results["reducer"]["output"]]
    assert reduce_stream(done).model_dump(exclude_none=True) == results["reducer"]
    assert reduce_stream([]).model_dump(exclude_none=True) == results["reducer_none"]


CALLS = {
    "create_text_output_item": ("hi", "m1"),
    "create_text_output_item_ann": ("hi", "m1", [{"type": "url_citation", "title": "t", "url": "u"}]),
    "create_text_delta": ("h", "m1"),
    "create_annotation_added": ("m1", {"type": "file_path", "file_id": "f", "index": 0}),
    "create_reasoning_item": ("r1", "why"),
    "create_function_call_item": ("fc1", "c1", "f", '{"x":1}'),
    "create_function_call_output_item": ("c1", "out"),
    "create_mcp_approval_request_item": ("a1", "{}", "tool", "srv"),
    "create_mcp_approval_response_item": ("a2", "a1", True, "ok"),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_helper_constructor_gives_the_captured_body(golden, name):
    function = getattr(schemas, name.removesuffix("_ann"))
    assert function(*CALLS[name]) == golden("helpers")[name]


def test_every_captured_helper_is_compared(golden):
    assert golden("helpers").keys() == CALLS.keys()
