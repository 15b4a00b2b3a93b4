"""What a function returns or yields."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import BaseModel

import spanloom
from spanloom.errors import AgentError, SchemaError
from spanloom.schemas import ResponsesAgentStreamEvent, create_text_delta, create_text_output_item, reduce_stream
from spanloom.testing import check_events
from spanloom_adapters.callable import to_chat_agent, to_responses_events, to_responses_items


class Place(BaseModel):
    city: str


@dataclass
class Forecast:
    celsius: int


CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
USAGE = {"prompt_tokens": 3, "completion_tokens": 1, "total_tokens": 4}
COMPLETION = {"choices": [{"message": {"role": "assistant", "content": "hi"}, "finish_reason": "stop"}], "usage": USAGE}
RESPONSE = {"output": [create_text_output_item("hi", "msg_1")], "custom_outputs": {"a": 1}}


def shape(output: list[dict[str, Any]]) -> list[Any]:
    return [item.get("call_id") or item["content"][0]["text"] for item in output]


def answer(function: Any, **fields: Any) -> dict[str, Any]:
    """Return the response, after checking that a stream says the same."""
    agent = spanloom.wrap(function)
    streamed = check_events(agent.predict_stream(input="hi", **fields))
    whole = agent.predict(input="hi", **fields).model_dump(exclude_none=True)
    assert shape(whole["output"]) == shape(streamed["output"])
    return streamed


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("hi", ["hi"]),
        ({"role": "assistant", "content": "hi"}, ["hi"]),
        ({"role": "assistant", "content": "hi", "tool_calls": [CALL]}, ["hi", "call_1"]),
        ([{"role": "tool", "content": "3", "tool_call_id": "call_0"}, {"role": "assistant", "content": "hi"}],
         ["call_0", "hi"]),
        ({"type": "message", "role": "assistant", "content": "hi"}, ["hi"]),
        ([create_text_output_item("one", "msg_1"), create_text_output_item("two", "msg_1")], ["one", "two"]),
        ({"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}, ["call_1"]),
        (COMPLETION, ["hi"]),
        (RESPONSE, ["hi"]),
        ({"messages": [{"role": "assistant", "content": "hi"}]}, ["hi"]),
        ([], []),
    ],
)  # fmt: skip
def test_values_of_every_kind(value, expected):
    assert shape(answer(lambda text: value)["output"]) == expected
    assert shape(to_responses_items(value)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Place(city="Paris"), {"city": "Paris"}),
        (Forecast(21), {"celsius": 21}),
        ({"type": "place", "output": "x"}, {"type": "place", "output": "x"}),
        ({"role": "admin", "messages": []}, {"role": "admin", "messages": []}),
    ],
)
def test_any_other_value_is_structured_output(value, expected):
    response = answer(lambda text: value)
    assert response["custom_outputs"] == {"structured_response": expected}
    assert response["output"][0]["content"][0]["text"].startswith("{")


def test_tokens_and_custom_outputs_are_taken_over():
    assert answer(lambda text: COMPLETION)["usage"]["total_tokens"] == 4
    assert answer(lambda text: RESPONSE)["custom_outputs"] == {"a": 1}
    cut = {**COMPLETION, "choices": [{"message": {"content": "hi"}, "finish_reason": "length"}]}
    assert answer(lambda text: cut)["incomplete_details"] == {"reason": "max_output_tokens"}
    assert to_chat_agent(COMPLETION).usage.total_tokens == 4


def test_text_is_streamed_and_interrupted_by_items():
    def talk(text):
        yield "Let me "
        yield "see."
        yield {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}
        yield {"type": "function_call_output", "call_id": "call_1", "output": "3"}
        yield "It is 3."

    events = list(spanloom.wrap(talk).predict_stream(input="hi"))
    assert shape(check_events(events)["output"]) == ["Let me see.", "call_1", "call_1", "It is 3."]
    deltas = [event.delta for event in events if event.type == "response.output_text.delta"]
    assert deltas == ["Let me ", "see.", "It is 3."]


def test_events_in_the_short_form():
    def talk(text):
        yield create_text_delta("Hel", "m1")
        yield ResponsesAgentStreamEvent(**create_text_delta("lo", "m1"))
        yield {"type": "response.output_item.done", "item": create_text_output_item("Hello", "m1")}

    assert shape(answer(talk)["output"]) == ["Hello"]


def test_chunks_of_several_completions():
    def chunk(**delta: Any) -> dict[str, Any]:
        finish_reason = delta.pop("finish_reason", None)
        return {"object": "chat.completion.chunk", "choices": [{"delta": delta, "finish_reason": finish_reason}]}

    def talk(messages):
        yield chunk(tool_calls=[{"index": 0, **CALL}])
        yield chunk(finish_reason="tool_calls")
        yield {"object": "chat.completion.chunk", "choices": [], "usage": USAGE}
        yield {"role": "tool", "content": "3", "tool_call_id": "call_1"}
        yield chunk(content="It ")
        yield chunk(content="is 3.", finish_reason="stop")
        yield {"object": "chat.completion.chunk", "choices": [], "usage": USAGE}

    response = answer(talk)
    assert shape(response["output"]) == ["call_1", "call_1", "It is 3."]
    assert response["usage"]["total_tokens"] == 8


def test_an_agent_may_pass_on_what_another_one_says():
    inner = spanloom.wrap(lambda text: [f"you said {text}", Forecast(21)])

    async def relay(request):
        async for event in inner.apredict_stream(request):
            yield event

    def ask(text):
        return inner.predict(input=text)

    for function in (relay, ask):
        response = answer(function)
        assert shape(response["output"]) == ["you said hi", '{"celsius": 21}']
        assert response["custom_outputs"] == {"structured_response": {"celsius": 21}}


def test_a_function_may_return_the_conversation_with_its_answer():
    def chat(messages):
        messages.append({"role": "assistant", "content": f"{len(messages)} messages"})
        return messages

    history = [{"role": "user", "content": "a"}, {"role": "assistant", "content": "b"}]
    agent = spanloom.wrap(chat)
    assert agent.predict(input=[*history, {"role": "user", "content": "c"}]).output_text == "3 messages"


def test_a_person_may_be_asked():
    asked = {"type": "mcp_approval_request", "id": "a1", "name": "f", "arguments": "{}", "server_label": "s"}

    def careful(items):
        answers = [item for item in items if item["type"] == "mcp_approval_response"]
        return f"approved: {answers[-1]['approve']}" if answers else asked

    agent, context = spanloom.wrap(careful), {"conversation_id": "c1"}
    response = agent.predict(input="go", context=context)
    assert (response.status, response.incomplete_details.reason) == ("incomplete", "interrupt")
    approval = {"type": "mcp_approval_response", "approval_request_id": "a1", "approve": True}
    assert agent.predict(input=[approval], context=context).output_text == "approved: True"


def test_output_fn_gets_the_whole_result():
    seen: list[Any] = []

    def keep(result: Any) -> str:
        seen.append(result)
        return "ok"

    def talk(text):
        yield "a"
        yield "b"

    for function in (talk, lambda text: 7):
        assert spanloom.wrap(function, output_fn=keep).predict(input="hi").output_text == "ok"
    assert seen == ["ab", 7]


@pytest.mark.parametrize(
    ("value", "kind", "problem"),
    [
        (None, AgentError, "the function gave NoneType: expected text"),
        (7, AgentError, "the function gave int"),
        ({"type": "function_call", "name": "f"}, SchemaError, r"output\[0\]\.call_id: is required"),
        ({"role": "user", "content": "hi"}, SchemaError, r"output\[0\]\.role"),
        ({"type": "response.output_text.delta", "delta": "hi"}, SchemaError, "item_id: is required"),
        ({"object": "response", "output": [], "error": {"message": "on fire"}}, AgentError, "on fire"),
    ],
)
def test_what_is_no_answer_is_said(value, kind, problem):
    with pytest.raises(kind, match=problem):
        spanloom.wrap(lambda text: value).predict(input="hi")


@pytest.mark.anyio
async def test_values_of_ones_own_loop_become_events():
    async def talk():
        yield "Hel"
        yield "lo"

    events = [event async for event in to_responses_events(talk())]
    assert shape(check_events(events)["output"]) == ["Hello"]
    assert reduce_stream(to_responses_events(["Hel", "lo"])).output_text == "Hello"


def test_a_stream_that_fails_ends_with_a_failed_response_and_raises():
    def talk():
        yield "Hel"
        raise LookupError("no more\nTraceback (most recent call last):\n  File ...")

    events = []
    with pytest.raises(LookupError):
        deque(map(events.append, to_responses_events(talk())), maxlen=0)
    check_events(events)
    assert events[-1].response["error"]["message"] == "LookupError: no more"
