from __future__ import annotations

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from spanloom.cassettes.interactions import Request
from spanloom.cassettes.normal import differences, normal_form
from spanloom.cassettes.values import answer_of, answered

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda below: st.lists(below) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), below),
    max_leaves=20,
)
IDS = st.sampled_from(["a", "b", "c", "d"])
ITEM = st.fixed_dictionaries(
    {"type": st.sampled_from(["message", "function_call"]), "id": IDS, "call_id": IDS, "x": JSON}
)


@given(JSON)
def test_what_a_tool_gave_comes_back_from_a_file(value):
    stored = orjson.loads(orjson.dumps(answered(value)))
    assert answer_of(stored) == value


class Aliased(BaseModel, extra="allow"):
    meta: str | None = Field(default=None, alias="_meta")


class ShownAs(BaseModel):
    text: str = Field(default="", serialization_alias="displayed")


@pytest.mark.parametrize("value", [Aliased(_meta="a"), Aliased(), ShownAs(text="a")])
def test_a_model_whose_fields_have_other_names_comes_back_without_more_of_them(value):
    assert answer_of(orjson.loads(orjson.dumps(answered(value)))) == value


@given(JSON | st.lists(ITEM))
def test_a_normal_form_is_its_own(content):
    assert normal_form(normal_form(content)) == normal_form(content)


@given(st.lists(ITEM), st.permutations(["a", "b", "c", "d"]))
def test_ids_may_have_other_names(items, names):
    renamed = dict(zip("abcd", names, strict=True))
    again = [{**item, "id": renamed[item["id"]], "call_id": renamed[item["call_id"]]} for item in items]
    assert normal_form(items) == normal_form(again)


@given(JSON, JSON)
def test_there_are_differences_where_requests_differ(one, other):
    recorded, asked = Request("http", "POST /", one), Request("http", "POST /", other)
    if differences(recorded.normal, asked.normal):
        assert recorded.key != asked.key
    else:
        assert recorded.normal == asked.normal


@pytest.mark.parametrize(
    ("recorded", "asked"),
    [
        ({"a": 1, "b": None}, {"a": 1}),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"stream": True, "stream_options": {"include_usage": True}}, {"stream": True}),
        ({"_meta": {"traceparent": "00-1"}}, {"_meta": {"traceparent": "00-2"}}),
        ([{"tool_call_id": "x"}, {"tool_call_id": "y"}], [{"tool_call_id": "1"}, {"tool_call_id": "2"}]),
    ],
)
def test_what_makes_no_difference(recorded, asked):
    assert Request("http", "POST /", recorded).key == Request("http", "POST /", asked).key


@pytest.mark.parametrize(
    ("recorded", "asked", "told"),
    [
        ({"model": "a"}, {"model": "b"}, "model: 'a' became 'b'"),
        ({"a": {"b": [1]}}, {"a": {"b": [2]}}, "a.b[0]: 1 became 2"),
        ({}, {"temperature": 0}, "temperature: 0 is new"),
        ({"temperature": 0}, {}, "temperature: 0 is gone"),
        ({"messages": [1]}, {"messages": [1, 2]}, "messages[1]: 2 is new"),
        ({"messages": [1, 2]}, {"messages": [1]}, "messages[1]: 2 is gone"),
        ({"messages": [1, 2]}, {"messages": [2]}, "messages: 2 entries became 1"),
        ({"customer": {"id": "7"}}, {"customer": {"id": "8"}}, "customer.id: '7' became '8'"),
        ("a", ["a"], "it: 'a' became ['a']"),
        ([{"call_id": "x"}, {"call_id": "x"}], [{"call_id": "x"}, {"call_id": "y"}], "it[1].call_id: '#1' became '#2'"),
        ("z" * 500 + "Paris", "z" * 500 + "Oslo", f"it: '…{'z' * 20}Paris' became '…{'z' * 20}Oslo'"),
    ],
)
def test_a_difference_is_told(recorded, asked, told):
    assert differences(normal_form(recorded), normal_form(asked)) == [told]
