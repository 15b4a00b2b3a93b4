"""Answers in pieces: whatever the cuts, the fields are what DSPy makes of the whole."""

from __future__ import annotations

import json

import dspy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanloom_adapters.dspy.field_text import reader_for
from spanloom_adapters.dspy.json_strings import JsonStrings

SIGNATURE = dspy.Signature("question -> thought, answer, note")
TEXT = st.text(st.sampled_from('ab é😀\n\t"\\[]{}#<>&;,: '), max_size=30)


def pieces(data: st.DataObject, text: str) -> list[str]:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=12)))
    return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


@given(
    st.data(),
    st.recursive(TEXT | st.integers() | st.none(), lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner)),
)
def test_json_strings_come_whole_however_the_text_is_cut(data, value):
    expected = {}

    def collect(value, path):
        if isinstance(value, str):
            expected[path] = value
        for key, inner in (
            value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ())
        ):
            collect(inner, (*path, key))

    value = {"value": value}
    collect(value, ())
    text = "```json\n" + json.dumps(value, ensure_ascii=data.draw(st.booleans())) + "\n```"
    strings, found = JsonStrings(), {}
    for piece in pieces(data, text):
        for path, added, _ in strings.feed(piece):
            found[path] = found.get(path, "") + added
    assert found == expected


@pytest.mark.parametrize(
    "adapter", [dspy.ChatAdapter(), dspy.JSONAdapter()], ids=lambda adapter: type(adapter).__name__
)
@given(st.data(), TEXT, TEXT, TEXT)
def test_fields_are_those_that_the_adapter_reads(adapter, data, thought, answer, note):
    text = adapter.format_assistant_message_content(SIGNATURE, {"thought": thought, "answer": answer, "note": note})
    reader, found = reader_for(adapter), dict.fromkeys(SIGNATURE.output_fields, "")
    for piece in pieces(data, text):
        for field, added in reader.feed(piece):
            if field in found:
                found[field] += added
    assert found == adapter.parse(SIGNATURE, text)


@given(st.data())
def test_xml_fields_are_those_that_the_adapter_reads(data):
    text = "<thought>a &amp; b</thought>\n<answer>\n x &lt; y;\n</answer> <note></note>"
    reader, found = reader_for(dspy.XMLAdapter()), dict.fromkeys(SIGNATURE.output_fields, "")
    for piece in pieces(data, text):
        for field, added in reader.feed(piece):
            found[field] += added
    assert found == {"thought": "a & b", "answer": "x < y;", "note": ""}


def test_an_adapter_that_reads_answers_in_its_own_way_is_not_second_guessed():
    class Prompts(dspy.ChatAdapter):
        def format_task_description(self, signature):
            return "Answer."

    class Reads(dspy.ChatAdapter):
        def parse(self, signature, completion):
            return {"answer": completion}

    assert reader_for(Prompts()) is not None
    assert reader_for(Reads()) is None
