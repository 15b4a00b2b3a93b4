"""What the model answers."""

from __future__ import annotations

import json

import openai
import pytest
from openai.types.chat import ChatCompletion
from openai.types.responses import Response

import spanloom
from spanloom.testing import ErrorReply, ProviderServer, Reply, ToolCall, Usage, check_events


def message(text: str, item_id: str = "msg_1") -> dict:
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    return {"id": item_id, "type": "message", "role": "assistant", "status": "completed", "content": [part]}


def completed(*output: dict) -> dict:
    body = {"id": "resp_1", "object": "response", "created_at": 0, "model": "m", "output": list(output)}
    return {"type": "response.completed", "sequence_number": 0, "response": {**body, "status": "completed"}}


def test_parallel_calls_keep_their_ids(agent, server):
    calls = [ToolCall("get_weather", {"city": city}, id=f"call_{city}") for city in ("Paris", "Oslo")]
    server.script([Reply("Let me see.", tool_calls=calls, interleave=True)])
    events = list(agent.predict_stream(input="hi"))
    said, *called = check_events(events)["output"]
    assert said["content"][0]["text"] == "Let me see."
    assert [(item["call_id"], json.loads(item["arguments"])["city"]) for item in called] == [
        ("call_Paris", "Paris"),
        ("call_Oslo", "Oslo"),
    ]


def test_an_answer_in_json_is_also_a_value(agent, server):
    server.script([Reply('{"city": "Paris"}'), Reply('{"city": "Pa', finish_reason="length"), Reply(refusal="No.")])
    wanted = {"format": {"type": "json_schema", "name": "place", "schema": {"type": "object"}}}
    outputs = [agent.predict(input="hi", text=wanted).custom_outputs for _ in range(3)]
    assert outputs == [{"structured_response": {"city": "Paris"}}, None, None]


def test_output_fn_gets_what_the_client_returns(agent, api, server):
    seen = []
    agent = spanloom.wrap(agent.native, model="gpt-test", api=api, output_fn=lambda native: seen.append(native) or "ok")
    server.script([Reply("hi", usage=Usage(3, 1))])
    response = agent.predict(input="hi")
    assert (response.output_text, response.usage.total_tokens) == ("ok", 4)
    assert isinstance(seen[0], Response if api == "responses" else ChatCompletion)


def test_an_approval_of_a_hosted_tool_waits_for_the_next_request(canned):
    call = {"id": "mcpr_1", "type": "mcp_approval_request", "name": "f", "arguments": "{}", "server_label": "s"}
    done = {"type": "response.output_item.done", "sequence_number": 0, "output_index": 0, "item": call}
    client, bodies = canned([done, completed(call)], [completed(message("Done."))])
    agent = spanloom.wrap(client, model="gpt-test")
    context = {"conversation_id": "c1"}
    response = agent.predict(input="go", context=context)
    assert (response.status, response.incomplete_details.reason) == ("incomplete", "interrupt")
    approval = {"type": "mcp_approval_response", "approval_request_id": "mcpr_1", "approve": True}
    assert agent.predict(input=[approval], context=context).output_text == "Done."
    assert bodies[1]["input"] == [{"type": "message", "role": "user", "content": "go"}, call, approval]


def test_an_answer_that_comes_in_one_event_is_still_a_stream(canned):
    client, _ = canned([completed(message("From a cache."))])
    events = list(spanloom.wrap(client, model="gpt-test").predict_stream(input="hi"))
    check_events(events)
    assert [event.delta for event in events if event.type == "response.output_text.delta"] == ["From a cache."]
    assert events[-1].response.get("usage") is None


def test_a_failed_response_is_an_error_of_the_client(agent, api, server):
    server.script([Reply("one two", break_after=1, break_with=ErrorReply(429, "slow down"))])
    events = []
    with pytest.raises(openai.APIError, match="slow down") as raised:
        events.extend(agent.predict_stream(input="hi"))
    [item] = check_events(events)["output"]
    assert (events[-1].type, item["status"]) == ("response.failed", "incomplete")
    assert raised.value.code == (None if api == "chat" else "rate_limit_exceeded")


@pytest.mark.parametrize("code", ["context_length_exceeded", "content_filter"])
def test_a_request_that_the_model_cannot_take_is_incomplete(agent, server, code):
    server.script([ErrorReply(400, "not this", code=code)])
    response = agent.predict(input="hi")
    assert (response.status, response.incomplete_details.reason, response.output) == ("incomplete", code, [])


def test_a_stream_without_its_end_is_an_error(canned):
    client, _ = canned([{"type": "response.output_item.done", "output_index": 0, "item": message("Half")}])
    with pytest.raises(openai.APIConnectionError, match="in the middle"):
        spanloom.wrap(client, model="gpt-test").predict(input="hi")


def test_the_trace_is_one_tree(agent, server: ProviderServer):
    spanloom.autolog("openai")
    server.script([Reply("hi", usage=Usage(3, 1))])
    agent.predict(input="hi")
    [trace] = spanloom.search_traces()
    kinds = [(span.span_type, span.parent_id is None) for span in trace.data.spans]
    assert kinds == [("AGENT", True), ("CHAT_MODEL", False)]
    assert trace.info.token_usage.total_tokens == 4
