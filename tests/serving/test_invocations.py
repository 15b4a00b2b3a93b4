from __future__ import annotations

import json
from typing import Any

import pytest
from served_agents import Golden, echo, words

import spanloom

INPUT = {"input": [{"role": "user", "content": "hi"}]}
DELTAS = [
    {"type": "response.output_text.delta", "item_id": "msg_1", "delta": "Hel"},
    {"type": "response.output_text.delta", "item_id": "msg_1", "delta": "lo"},
]
MESSAGE = {
    "id": "msg_1",
    "content": [{"text": "Hello", "type": "output_text", "annotations": []}],
    "role": "assistant",
    "type": "message",
}


@pytest.fixture
def server(serve):
    return serve({"golden": Golden()})


def frames(text: str) -> list[Any]:
    assert text.endswith("data: [DONE]\n\n")
    return [json.loads(line.removeprefix("data: ")) for line in text.split("\n\n") if line and "[DONE]" not in line]


def test_a_request_is_answered_in_the_agents_schema(server):
    answer = server.http.post("/invocations", json={**INPUT, "custom_inputs": {"k": 1}})
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.json() == {
        "object": "response",
        "output": [{**MESSAGE, "content": [{"text": "echo: hi", "type": "output_text", "annotations": []}]}],
        "custom_outputs": {"k": 1},
    }


def test_a_stream_is_data_lines_and_done(server):
    answer = server.http.post("/invocations", json={**INPUT, "stream": True})
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert frames(answer.text) == [*DELTAS, {"type": "response.output_item.done", "item": MESSAGE}]


def test_the_trace_id_is_returned_on_demand(server):
    wanted = {"x-mlflow-return-trace-id": "true"}
    answer = server.http.post("/invocations", json=INPUT, headers=wanted)
    trace_id = answer.json()["metadata"]["trace_id"]
    assert trace_id == answer.headers["x-spanloom-trace-id"]
    trace = spanloom.get_trace(trace_id)
    assert trace is not None
    assert trace.info.name == "Golden"
    streamed = server.http.post("/invocations", json={**INPUT, "stream": True}, headers=wanted)
    assert frames(streamed.text)[-1] == {"trace_id": streamed.headers["x-spanloom-trace-id"]}


def test_an_exception_stays_in_the_trace(server, caplog):
    answer = server.http.post("/invocations", json={"input": [{"role": "user", "content": "raise"}]})
    assert answer.status_code == 500
    trace_id = answer.headers["x-spanloom-trace-id"]
    message = f"the agent failed; its trace {trace_id} tells why"
    error = {"message": message, "type": "server_error", "param": None, "code": "agent_error"}
    assert answer.json() == {"error": error}
    trace = spanloom.get_trace(trace_id)
    assert trace is not None
    assert "handler boom" in trace.data.spans[0].status_message
    assert trace_id in caplog.text


def test_a_stream_that_fails_midway_ends_with_one_error_event(server):
    answer = server.http.post("/invocations", json={"input": [{"role": "user", "content": "raise"}], "stream": True})
    first, last = frames(answer.text)
    assert first == DELTAS[0]
    assert last["type"] == "error"
    assert "boom" not in answer.text
    spanloom.schemas.validate_event(last)


def test_a_native_stream_that_fails_ends_with_response_failed(serve):
    server = serve({"words": words})
    answer = server.http.post("/invocations", json={"input": "raise", "stream": True})
    events = frames(answer.text)
    assert [event["type"] for event in events].count("response.failed") == 1
    assert events[-1]["response"]["error"]["code"] == "agent_error"
    assert "secret" not in answer.text


def test_chat_agents_and_chat_models_speak_their_own_schema(serve):
    class Chat(spanloom.ChatAgent):
        def predict(self, messages, context, custom_inputs):
            return {"messages": [{"role": "assistant", "content": f"echo {messages[-1].content}", "id": "m1"}]}

    class Model(spanloom.ChatModel):
        def predict(self, context, messages, params):
            return {"choices": [{"message": {"role": "assistant", "content": f"echo {messages[-1].content}"}}]}

    server = serve({"chat": Chat(), "model": Model()})
    body = {"messages": [{"role": "user", "content": "hi"}]}
    chat = server.http.post("/invocations", json={**body, "model": "chat"}).json()
    assert chat["messages"][0]["content"] == "echo hi"
    model = server.http.post("/invocations", json={**body, "model": "model"}).json()
    assert model["choices"][0]["message"]["content"] == "echo hi"
    chunks = frames(server.http.post("/invocations", json={**body, "model": "chat", "stream": True}).text)
    assert chunks[0]["delta"]["content"] == "echo hi"
    bad = server.http.post("/invocations", json={"model": "chat", "input": "hi"})
    assert (bad.status_code, bad.json()["error"]["param"]) == (400, "messages")


def test_the_wrapped_agent_answers_like_a_standard_one(serve):
    server = serve({"echo": echo})
    body = server.http.post("/invocations", json={"input": "hi"}).json()
    assert body["output"][0]["content"][0]["text"] == "echo hi"


def test_the_incoming_trace_is_joined(server):
    trace_id = "0af7651916cd43dd8448eb211c80319c"
    headers = {"traceparent": f"00-{trace_id}-b7ad6b7169203331-01", "baggage": "session.id=chat-42,user.id=ada"}
    answer = server.http.post("/invocations", json=INPUT, headers=headers)
    assert answer.headers["x-spanloom-trace-id"] == trace_id
    trace = spanloom.get_trace(trace_id)
    assert trace is not None
    assert trace.data.spans[0].parent_id == "b7ad6b7169203331"
    assert (trace.info.session_id, trace.info.user) == ("chat-42", "ada")
