from __future__ import annotations

import copy
import pickle

import pytest
from pydantic import ValidationError

from spanloom.errors import SchemaError
from spanloom.schemas import (
    ResponseOutputMessage,
    ResponsesAgentStreamEvent,
    create_text_output_item,
    new_event,
    validate_event,
)

DELTA = {"type": "response.output_text.delta", "item_id": "m1", "delta": "hi"}
CALL = {"type": "function_call", "call_id": "c1", "name": "f", "arguments": "{}"}


def test_an_unchecked_event_is_the_same_as_a_checked_one():
    made = new_event(DELTA["type"], item_id="m1", delta="hi", custom_outputs={"k": 1})
    checked = validate_event(DELTA | {"custom_outputs": {"k": 1}})
    assert made == checked
    assert made.model_dump() == checked.model_dump()
    assert made.model_dump_json(exclude_unset=True) == checked.model_dump_json(exclude_unset=True)


@pytest.mark.parametrize("make", [validate_event, lambda body: new_event(**body)], ids=["checked", "unchecked"])
def test_an_event_survives_copying_and_pickling(make):
    event = make(DELTA)
    assert pickle.loads(pickle.dumps(event)) == event
    assert copy.deepcopy(event) == event
    assert ResponsesAgentStreamEvent.model_validate_json(event.model_dump_json()) == event


def test_fields_are_attributes_and_an_absent_one_is_named():
    event = validate_event(DELTA | {"sequence_number": 3})
    assert (event.delta, event.item_id, event.sequence_number) == ("hi", "m1", 3)
    with pytest.raises(AttributeError, match=r"'response.output_text.delta' event has no field 'item'"):
        _ = event.item


def test_fields_can_be_assigned():
    event = new_event(**DELTA)
    event.sequence_number = 7
    assert event.model_dump(exclude_none=True) == DELTA | {"sequence_number": 7}


def test_an_event_is_returned_as_it_is():
    event = new_event("response.output_text.delta", nothing="checked")
    assert validate_event(event) is event


def test_an_unknown_type_passes_untouched():
    body = {"type": "acme.progress", "percent": 50, "item": {"type": "message"}}
    assert validate_event(body).model_dump(exclude_none=True) == body


def test_an_unknown_item_passes_untouched():
    body = {"type": "response.output_item.done", "item": {"type": "acme_call", "id": "x", "odd": None}}
    assert validate_event(body).model_dump(exclude_none=True) == body


def test_an_item_given_as_a_model_becomes_a_plain_dict():
    body = create_text_output_item("hi", "m1")
    item = ResponseOutputMessage.model_validate(body)
    event = ResponsesAgentStreamEvent(type="response.output_item.done", item=item)
    assert event.item == body


BAD_EVENTS = [
    ({"item_id": "m"}, "type: is required but missing"),
    ({"type": 5}, "type: should be a valid string, got int"),
    (DELTA | {"delta": 5}, "delta: should be a valid string, got int"),
    ({"type": DELTA["type"], "delta": "x"}, "item_id: is required but missing"),
    ({"type": "response.output_item.done"}, "item: is required but missing"),
    ({"type": "response.output_item.done", "item": {"type": "message"}}, r"item\.content: is required"),
    (
        {"type": "response.output_item.done", "item": CALL | {"arguments": {}}},
        r"item\.arguments: should be a valid string, got dict",
    ),
    (
        {"type": "response.output_text.annotation.added", "item_id": "m", "annotation": {"type": "url_citation"}},
        r"annotation\.title: is required",
    ),
    ({"type": "error"}, "message: is required but missing"),
    ({"type": "response.completed"}, "response: is required but missing"),
    ({"type": "response.completed", "response": {"output": [CALL | {"name": 1}]}}, r"response\.output\[0\]\.name: "),
    (DELTA | {"custom_outputs": "x"}, "custom_outputs: should be a valid dictionary, got str"),
]


@pytest.mark.parametrize(("body", "line"), BAD_EVENTS)
def test_a_bad_event_is_named_by_its_field_paths(body, line):
    with pytest.raises(SchemaError, match=line):
        validate_event(body)


def test_the_constructor_checks_too():
    with pytest.raises(ValidationError, match="item_id"):
        ResponsesAgentStreamEvent(type="response.output_text.delta", delta="x")
