from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from spanloom.schemas import (
    ResponseStreamBuilder,
    chat_completion_to_response,
    chat_stream_to_responses,
    chat_to_responses,
    create_response,
    reduce_stream,
    to_chat_completions_input,
    validate_event,
    validate_request,
    validate_response,
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
words = texts.filter(bool)
names = st.text("abcdef_", min_size=1, max_size=8)
user_parts = st.one_of(
    st.builds(lambda text: {"type": "input_text", "text": text}, texts),
    st.builds(lambda url: {"type": "input_image", "image_url": url, "detail": "auto"}, words),
)
messages = st.builds(
    lambda role, content: {"type": "message", "role": role, "content": content},
    st.sampled_from(["user", "system", "developer"]),
    texts | st.lists(user_parts, min_size=2, max_size=3),
)
answers = st.builds(
    lambda parts: {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "output_text", "text": text, "annotations": []} for text in parts],
    },
    st.lists(words, min_size=1, max_size=3),
)
calls = st.builds(
    lambda call_id, name, arguments: {
        "type": "function_call",
        "call_id": call_id,
        "name": name,
        "arguments": arguments,
    },
    names,
    names,
    texts,
)
outputs = st.builds(
    lambda call_id, output: {"type": "function_call_output", "call_id": call_id, "output": output},
    names,
    texts | st.lists(st.builds(lambda text: {"type": "input_text", "text": text}, texts), min_size=1, max_size=2),
)
reasoning = st.builds(
    lambda paragraphs: {
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": text} for text in paragraphs],
    },
    st.lists(words, max_size=2),
)


def forget_ids(items: Any) -> list[dict[str, Any]]:
    return [{key: value for key, value in item.items() if key not in {"id", "status"}} for item in items]


@given(st.lists(st.one_of(messages, answers, calls, outputs), max_size=8))
def test_text_calls_outputs_order_and_call_ids_survive_the_way_to_chat_and_back(items):
    assert forget_ids(chat_to_responses(to_chat_completions_input(items))) == items


@given(st.lists(st.one_of(messages, answers, calls, outputs, reasoning), max_size=8))
def test_a_request_dumps_to_what_it_was_made_of(items):
    for position, item in enumerate(items):
        item.setdefault("id", f"x{position}")
    assert validate_request({"input": items}).model_dump(exclude_none=True)["input"] == items


@given(st.lists(st.one_of(answers, calls, outputs, reasoning), max_size=6))
def test_a_stream_of_whole_items_reduces_to_the_response_made_of_them(items):
    stream = ResponseStreamBuilder(model="m")
    events = [*stream.start(), *(event for item in items for event in stream.item(item)), *stream.finish()]
    whole = validate_response(create_response(items, model="m")).model_dump()
    for part in (events, events[2:-1]):
        assert forget_ids(reduce_stream(part).model_dump()["output"]) == forget_ids(whole["output"])


def pieces(text: str, cut: int) -> list[str]:
    return [text[:cut], text[cut:]]


@given(
    reasoning=texts,
    text=texts,
    refusal=texts,
    calls=st.lists(st.tuples(names, texts), max_size=3),
    cut=st.integers(0, 20),
    interleaved=st.randoms(),
)
def test_a_chat_stream_reduces_to_the_response_of_the_whole_chat_completion(
    reasoning, text, refusal, calls, cut, interleaved
):
    tool_calls = [
        {"id": f"call_{n}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for n, (name, arguments) in enumerate(calls)
    ]
    message = {"role": "assistant", "content": text, "refusal": refusal, "reasoning_content": reasoning}
    whole = chat_completion_to_response({"choices": [{"message": message | {"tool_calls": tool_calls}}]})

    deltas = [{"reasoning_content": piece} for piece in pieces(reasoning, cut)]
    deltas += [{"content": piece} for piece in pieces(text, cut)]
    deltas += [{"refusal": piece} for piece in pieces(refusal, cut)]
    heads, tails = [], []
    for index, call in enumerate(tool_calls):
        head, tail = pieces(call["function"]["arguments"], cut)
        function = call["function"] | {"arguments": head}
        heads.append({"tool_calls": [call | {"index": index, "function": function}]})
        tails.append({"tool_calls": [{"index": index, "function": {"arguments": tail}}]})
    interleaved.shuffle(tails)
    chunks = [{"choices": [{"index": 0, "delta": delta}]} for delta in [*deltas, *heads, *tails]]
    output = reduce_stream(chat_stream_to_responses(chunks)).model_dump(exclude_none=True)["output"]
    assert forget_ids(without_logprobs(output)) == forget_ids(whole["output"])


def without_logprobs(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for item in items:
        for part in item.get("content", ()):
            part.pop("logprobs", None)
    return items


@given(st.dictionaries(st.text(max_size=5), st.recursive(st.none() | texts | st.integers(), st.lists, max_leaves=4)))
def test_an_event_of_an_unknown_type_passes_untouched(fields):
    body = {"type": "acme.progress"} | {key: value for key, value in fields.items() if not key.startswith("_")}
    body.pop("custom_outputs", None)
    body["type"] = "acme.progress"
    dump = validate_event(body).model_dump()
    assert dump.pop("custom_outputs") is None
    assert dump == body
