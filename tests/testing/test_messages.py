"""Anthropic's wire, as raw HTTP: its client is not installed where these tests run."""

from __future__ import annotations

import http.client
import json
from urllib.parse import urlsplit

import pytest

from spanloom.testing import ErrorReply, ProviderServer, Reply, ToolCall, Usage

ASK = {"model": "claude-test", "max_tokens": 100, "messages": [{"role": "user", "content": "What is the weather?"}]}
PARIS_AND_OSLO = [
    ToolCall("get_weather", {"city": "Paris"}, id="toolu_paris"),
    ToolCall("get_weather", {"city": "Oslo"}, id="toolu_oslo"),
]


@pytest.fixture
def connection(server: ProviderServer):
    connection = http.client.HTTPConnection(urlsplit(server.root_url).netloc, timeout=10)
    yield connection
    connection.close()


def post(connection: http.client.HTTPConnection, **body):
    connection.request("POST", "/v1/messages?beta=true", json.dumps({**ASK, **body}))
    return connection.getresponse()


def message(connection: http.client.HTTPConnection, **body) -> dict:
    response = post(connection, **body)
    assert response.status == 200
    assert response.headers["request-id"].startswith("req_")
    return json.loads(response.read())


def events(connection: http.client.HTTPConnection) -> list[dict]:
    """The events of a stream, each of which says its type twice."""
    response = post(connection, stream=True)
    assert response.headers["content-type"].startswith("text/event-stream")
    found = []
    for frame in response.read().decode().removesuffix("\n\n").split("\n\n"):
        head, data = frame.split("\n")
        event = json.loads(data.removeprefix("data: "))
        assert head == f"event: {event['type']}"
        found.append(event)
    return found


def deltas(stream: list[dict], index: int) -> list[dict]:
    return [event["delta"] for event in stream if event["type"] == "content_block_delta" and event["index"] == index]


def test_without_a_script_the_last_user_message_comes_back(connection):
    asked = [{"role": "user", "content": [{"type": "text", "text": "second"}]}]
    assert message(connection, messages=asked)["content"] == [{"type": "text", "text": "echo: second"}]


def test_a_text_is_a_message_with_counted_tokens(server, connection):
    server.script([Reply("It is sunny.", model="claude-test-2026")])
    answer = message(connection, system="Be brief.")
    assert answer.pop("id").startswith("msg_")
    usage = answer.pop("usage")
    assert answer == {
        "type": "message",
        "role": "assistant",
        "model": "claude-test-2026",
        "content": [{"type": "text", "text": "It is sunny."}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
    }
    assert (usage["input_tokens"], usage["output_tokens"]) == (6, 3)


def test_cached_tokens_are_no_input_tokens(server, connection):
    server.script([Reply("x", usage=Usage(100, 20, cached_tokens=60, cache_write_tokens=30, reasoning_tokens=5))])
    assert message(connection)["usage"] == {
        "input_tokens": 10,
        "cache_read_input_tokens": 60,
        "cache_creation_input_tokens": 30,
        "output_tokens": 20,
        "output_tokens_details": {"thinking_tokens": 5},
        "service_tier": "standard",
    }


def test_a_streamed_text_is_opened_pinged_and_stopped(server, connection):
    server.script([Reply("It is sunny.", usage=Usage(7, 3, cached_tokens=2))])
    stream = events(connection)
    assert [event["type"] for event in stream] == [
        *("message_start", "ping", "content_block_start"),
        *["content_block_delta"] * 3,
        *("content_block_stop", "message_delta", "message_stop"),
    ]
    start, end = stream[0]["message"], stream[-2]
    assert (start["content"], start["stop_reason"]) == ([], None)
    assert (start["usage"]["input_tokens"], start["usage"]["output_tokens"]) == (5, 1)
    assert [delta["text"] for delta in deltas(stream, 0)] == ["It ", "is ", "sunny."]
    assert end["delta"] == {"stop_reason": "end_turn", "stop_sequence": None}
    assert (end["usage"]["output_tokens"], end["usage"]["cache_read_input_tokens"]) == (3, 2)


@pytest.mark.parametrize("interleave", [False, True])
def test_parallel_tool_calls_are_blocks_in_fragments(server, connection, interleave: bool):
    server.script([Reply("Let me look.", PARIS_AND_OSLO, "Which?", interleave=interleave)])
    stream = events(connection)
    opened = [event["content_block"] for event in stream if event["type"] == "content_block_start"]
    assert [block["type"] for block in opened] == ["thinking", "text", "tool_use", "tool_use"]
    assert opened[2] == {"type": "tool_use", "id": "toolu_paris", "name": "get_weather", "input": {}}
    for index, arguments in ((2, '{"city": "Paris"}'), (3, '{"city": "Oslo"}')):
        assert "".join(delta["partial_json"] for delta in deltas(stream, index)) == arguments
    order = [event["index"] for event in stream if event.get("delta", {}).get("type") == "input_json_delta"]
    assert (order == sorted(order)) is not interleave
    assert stream[-2]["delta"]["stop_reason"] == "tool_use"


def test_whole_tool_calls_carry_objects_and_mint_missing_ids(server, connection):
    server.script([Reply(tool_calls=[ToolCall("now"), ToolCall("now", '{"zone": "UTC"}'), ToolCall("now", "{zone")])])
    answer = message(connection)
    assert answer["stop_reason"] == "tool_use"
    assert [block["input"] for block in answer["content"]] == [{}, {"zone": "UTC"}, "{zone"]
    assert len({block["id"] for block in answer["content"]}) == 3


def test_reasoning_is_a_signed_thinking_block(server, connection):
    server.script([Reply("Sunny.", reasoning="The tool said so.")] * 2)
    thinking, text = message(connection)["content"]
    assert (thinking["type"], thinking["thinking"], text["text"]) == ("thinking", "The tool said so.", "Sunny.")
    *words, signature = deltas(events(connection), 0)
    assert "".join(word["thinking"] for word in words) == "The tool said so."
    assert (signature["type"], signature["signature"][:4]) == ("signature_delta", "sig_")


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(refusal="I can't do that."), "refusal"),
        (Reply("It is", finish_reason="length"), "max_tokens"),
        (Reply("It is", finish_reason="content_filter"), "refusal"),
    ],
)
def test_other_ends_have_a_stop_reason(server, connection, reply: Reply, reason: str):
    server.script([reply] * 2)
    answer = message(connection)
    assert (answer["stop_reason"], answer["content"][0]["text"]) == (reason, reply.text or reply.refusal)
    assert events(connection)[-2]["delta"]["stop_reason"] == reason


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "invalid_request_error"), (429, "rate_limit_error"), (500, "api_error"), (529, "overloaded_error")],
)
def test_an_error_has_anthropics_shape(server, connection, status: int, kind: str):
    server.script([ErrorReply(status, "try later")])
    response = post(connection)
    answer = json.loads(response.read())
    assert response.status == status
    assert answer == {
        "type": "error",
        "error": {"type": kind, "message": "try later"},
        "request_id": response.headers["request-id"],
    }


def test_a_stream_that_fails_in_band_ends_with_an_error_event(server, connection):
    server.script([Reply("one two three", break_after=2, break_with=ErrorReply(529, "overloaded"))] * 2)
    stream = events(connection)
    assert [delta["text"] for delta in deltas(stream, 0)] == ["one ", "two "]
    assert stream[-1] == {"type": "error", "error": {"type": "overloaded_error", "message": "overloaded"}}
    assert post(connection).status == 529


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"model": ""}, "model"),
        ({"max_tokens": None}, "max_tokens"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"messages": []}, "messages"),
        ({"messages": [{"role": "user"}]}, "messages[0]"),
        ({"messages": [{"content": "hi"}]}, "messages[0]"),
        ({"system": 7}, "system"),
        ({"stream": "yes"}, "stream"),
    ],
)
def test_a_malformed_request_is_a_400_that_names_the_fault(server, connection, body, named):
    server.script([Reply("unused")])
    response = post(connection, **body)
    answer = json.loads(response.read())
    assert (response.status, answer["error"]["type"]) == (400, "invalid_request_error")
    assert named in answer["error"]["message"]
    assert message(connection)["content"][0]["text"] == "unused"
