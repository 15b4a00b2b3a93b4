"""What the package gives to people with loops of their own."""

from __future__ import annotations

import pytest

from spanloom.errors import AgentError
from spanloom.testing import Reply, ToolCall, check_events
from spanloom_adapters.openai import to_chat_agent, to_responses_events, to_responses_items

REPLY = Reply("Let me see.", tool_calls=[ToolCall("get_weather", {"city": "Paris"}, id="call_1")])


def create(client, api, **fields):
    if api == "responses":
        return client.responses.create(model="gpt-test", input="hi", **fields)
    messages = [{"role": "user", "content": "hi"}]
    return client.chat.completions.create(model="gpt-test", messages=messages, **fields)


def told(items):
    return [item.get("call_id") or item["content"][0]["text"] for item in items]


def test_a_whole_answer(make_client, server, api):
    server.script([REPLY])
    native = create(make_client("OpenAI", server.base_url), api)
    assert told(to_responses_items(native)) == ["Let me see.", "call_1"]
    messages = to_chat_agent(native).messages
    assert "".join(message.content for message in messages) == "Let me see."
    assert messages[-1].tool_calls[0].id == "call_1"


def test_a_stream(make_client, server, api):
    server.script([REPLY])
    with create(make_client("OpenAI", server.base_url), api, stream=True) as native:
        response = check_events(to_responses_events(native))
    assert (told(response["output"]), response["model"]) == (["Let me see.", "call_1"], "gpt-test")


@pytest.mark.anyio
async def test_an_asynchronous_stream(server, api):
    from openai import AsyncOpenAI

    server.script([REPLY])
    async with AsyncOpenAI(base_url=server.base_url, api_key="unused") as client:
        native = await create(client, api, stream=True)
        response = check_events([event async for event in to_responses_events(native)])
    assert told(response["output"]) == ["Let me see.", "call_1"]


def test_a_model_that_is_given_wins_over_the_streams():
    chunk = {"model": "gpt-test", "choices": [{"index": 0, "delta": {"content": "hi"}, "finish_reason": "stop"}]}
    assert check_events(to_responses_events([chunk], model="mine"))["model"] == "mine"


def test_nothing_is_a_response_too():
    assert check_events(to_responses_events([]))["output"] == []


@pytest.mark.parametrize(
    "end",
    [
        {"type": "error", "code": "server_error", "message": "on fire"},
        {"type": "response.failed", "response": {"output": [], "error": {"code": "x", "message": "on fire"}}},
    ],
)
def test_a_stream_that_fails_ends_with_a_failed_response_and_raises(end):
    said = {"type": "response.output_text.delta", "item_id": "a", "output_index": 0, "delta": "Hel"}
    events = []
    with pytest.raises(AgentError, match="on fire"):
        events.extend(to_responses_events([said, end]))
    [item] = check_events(events)["output"]
    assert (events[-1].type, item["status"]) == ("response.failed", "incomplete")


def test_a_stream_that_asks_for_an_approval_is_incomplete():
    asked = {"type": "mcp_approval_request", "id": "a", "name": "f", "arguments": "{}", "server_label": "s"}
    response = check_events(to_responses_events([{"type": "response.output_item.done", "item": asked}]))
    assert (response["incomplete_details"], response["output"]) == ({"reason": "interrupt"}, [asked])


def test_hosted_tools_tell_how_far_they_have_come_and_items_keep_their_ids():
    call = {"id": "ws_1", "type": "web_search_call", "status": "in_progress"}
    found = {**call, "status": "completed", "action": {"type": "search", "query": "weather"}}
    cited = {"type": "url_citation", "url": "https://a.b", "title": "A", "start_index": 0, "end_index": 2}
    part = {"type": "output_text", "text": "Hi", "annotations": [cited]}
    said = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
    place = {"item_id": "msg_1", "output_index": 1, "content_index": 0}
    events = list(
        to_responses_events(
            [
                {"type": "response.output_item.added", "output_index": 0, "item": call},
                {"type": "response.web_search_call.searching", "output_index": 0, "item_id": "ws_1"},
                {"type": "response.output_item.done", "output_index": 0, "item": found},
                {"type": "response.output_text.delta", **place, "delta": "Hi"},
                {"type": "response.output_text.annotation.added", **place, "annotation_index": 0, "annotation": cited},
                {"type": "response.output_item.done", "output_index": 1, "item": said},
                {"type": "response.completed", "response": {"output": [found, said], "status": "completed"}},
            ]
        )
    )
    assert check_events(events)["output"] == [found, said]
    kinds = [event.type for event in events]
    assert kinds.index("response.web_search_call.searching") == 3
    assert "response.output_text.annotation.added" in kinds


def test_items_that_share_an_id_are_told_apart():
    def said(text):
        part = {"type": "output_text", "text": text, "annotations": []}
        return {"id": "__fake_id__", "type": "message", "role": "assistant", "content": [part]}

    delta = {"type": "response.output_text.delta", "item_id": "__fake_id__", "content_index": 0}
    events = [
        event
        for index, text in enumerate(["one", "two"])
        for event in (
            {**delta, "output_index": index, "delta": text},
            {"type": "response.output_item.done", "output_index": index, "item": said(text)},
        )
    ]
    output = check_events(to_responses_events(events))["output"]
    assert told(output) == ["one", "two"]
    assert output[0]["id"] != output[1]["id"]


@pytest.mark.parametrize(("kind", "name"), [("output_text", "text"), ("refusal", "refusal")])
def test_an_id_that_changes_midway_does_not_double_the_text(kind, name):
    part = {"type": kind, name: "Hello"}
    events = [
        {"type": f"response.{kind}.delta", "item_id": "a", "delta": "Hel"},
        {"type": f"response.{kind}.delta", "item_id": "a", "delta": "lo"},
        {
            "type": "response.output_item.done",
            "item": {"id": "b", "type": "message", "role": "assistant", "content": [part]},
        },
    ]
    [item] = check_events(to_responses_events(events))["output"]
    assert item["content"][0][name] == "Hello"


def test_reasoning_keeps_what_the_provider_wants_back():
    place = {"item_id": "rs_1", "output_index": 0}
    done = {
        "id": "rs_1",
        "type": "reasoning",
        "summary": [{"type": "summary_text", "text": "One."}, {"type": "summary_text", "text": "Two."}],
        "encrypted_content": "xyz",
    }
    events = [{"type": "response.output_item.added", "output_index": 0, "item": {**done, "summary": []}}]
    for index, text in enumerate(["One.", "Two."]):
        summary = {"type": "summary_text", "text": text}
        events += [
            {"type": "response.reasoning_summary_part.added", **place, "summary_index": index, "part": summary},
            {"type": "response.reasoning_summary_text.delta", **place, "summary_index": index, "delta": text},
        ]
    events.append({"type": "response.output_item.done", "output_index": 0, "item": done})
    [item] = check_events(to_responses_events(events))["output"]
    assert {name: item[name] for name in done} == done


def test_citations_of_a_chat_completion_are_annotations():
    cited = {"url": "https://a.b", "title": "A", "start_index": 0, "end_index": 2}
    chunks = [
        {"object": "chat.completion.chunk", "choices": [{"index": 0, "delta": delta}]}
        for delta in ({"content": "Hi"}, {"annotations": [{"type": "url_citation", "url_citation": cited}]})
    ]
    [item] = check_events(to_responses_events(chunks))["output"]
    assert item["content"][0]["annotations"] == [{"type": "url_citation", **cited}]
    completion = {
        "choices": [{"message": {"content": "Hi", "annotations": [{"type": "url_citation", "url_citation": cited}]}}]
    }
    assert to_responses_items(completion)[0]["content"][0]["annotations"] == [{"type": "url_citation", **cited}]
