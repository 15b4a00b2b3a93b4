from __future__ import annotations

import threading

import pytest

import spanloom
from spanloom.schemas import ResponsesAgentRequest, ResponsesAgentResponse, create_text_delta, create_text_output_item
from spanloom.serving import get_invoke_function, get_request_headers, get_stream_function, invoke, stream

INPUT = {"input": [{"role": "user", "content": "hi"}]}


def answered(text: str) -> dict[str, object]:
    return {"output": [create_text_output_item(text, "m1")]}


def text_of(answer) -> str:
    return answer.json()["output"][0]["content"][0]["text"]


def test_asynchronous_functions_are_an_agent(serve):
    server = serve(agent_type="ResponsesAgent")  # as in a script: the application comes first

    @invoke()
    async def whole(request: ResponsesAgentRequest) -> ResponsesAgentResponse:
        return ResponsesAgentResponse(**answered(f"echo {request.input[0].content}"))

    @stream()
    async def streamed(_request):
        yield create_text_delta("Hel", "m1")
        yield create_text_delta("lo", "m1")

    assert (get_invoke_function(), get_stream_function()) == (whole, streamed)
    assert text_of(server.http.post("/invocations", json=INPUT)) == "echo hi"
    assert text_of(server.http.post("/responses", json={**INPUT, "model": "whatever"})) == "echo hi"
    lines = server.http.post("/invocations", json={**INPUT, "stream": True}).text
    assert lines.count("response.output_text.delta") == 2


def test_synchronous_functions_run_in_threads_of_their_own(serve):
    threads = set()

    @invoke()
    def whole(_request):
        threads.add(threading.current_thread().name)
        return answered("hi")

    server = serve(agent_type="ResponsesAgent")
    assert text_of(server.http.post("/invocations", json=INPUT)) == "hi"
    assert threads == {"spanloom-agent-run"}


def test_what_is_not_registered_is_derived(serve):
    @invoke(name="whole")
    def whole(_request):
        return answered("whole")

    @stream(name="streamed")
    def streamed(_request):
        yield create_text_delta("streamed", "m1")

    server = serve(agent_type="ResponsesAgent")
    assert text_of(server.http.post("/invocations", json={**INPUT, "model": "streamed"})) == "streamed"
    lines = server.http.post("/invocations", json={**INPUT, "model": "whole", "stream": True}).text
    assert '"response.completed"' in lines


def test_an_asynchronous_function_may_block_on_a_wrapped_agent(serve):
    inner = spanloom.wrap(lambda text: f"inner {text}", name="inner")

    @invoke()
    async def whole(request):
        return inner.predict(request)

    server = serve(agent_type="ResponsesAgent")
    assert text_of(server.http.post("/invocations", json=INPUT)) == "inner hi"


def test_without_a_type_any_json_passes(serve):
    @invoke()
    def whole(data):
        return {"doubled": 2 * data["n"]}

    @stream()
    async def streamed(data):
        for number in range(data["n"]):
            yield {"number": number}

    server = serve()
    answer = server.http.post("/invocations", json={"n": 21})
    assert answer.json() == {"doubled": 42}
    assert server.http.post("/invocations", json={"n": 2, "stream": True}).text == (
        'data: {"number":0}\n\ndata: {"number":1}\n\ndata: [DONE]\n\n'
    )
    trace = spanloom.get_trace(answer.headers["x-spanloom-trace-id"])
    assert trace is not None
    assert (trace.info.name, trace.data.spans[0].outputs) == ("whole", {"doubled": 42})
    assert server.http.post("/v1/responses", json={"input": "hi"}).status_code == 404


def test_a_type_less_agent_says_what_it_does_not_do(serve):
    @invoke()
    def whole(data):
        return data

    server = serve()
    refused = server.http.post("/invocations", json={"stream": True})
    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "stream")


def test_the_requests_headers_are_there(serve):
    @invoke()
    def whole(_request):
        return answered(get_request_headers()["x-user"])

    server = serve(agent_type="ResponsesAgent")
    assert text_of(server.http.post("/invocations", json=INPUT, headers={"X-User": "ada"})) == "ada"
    assert get_request_headers() == {}


def test_a_second_function_needs_a_name_of_its_own(serve):
    invoke()(answered)
    with pytest.raises(ValueError, match=r"has an @invoke function already.*name="):
        invoke()(text_of)
    invoke()(answered)  # as a script does that its own server imports again
    with pytest.raises(TypeError, match=r"write @stream\(\)"):
        stream(answered)  # type: ignore[arg-type]


def test_a_server_without_functions_says_so(serve):
    answer = serve(agent_type="ResponsesAgent").http.post("/invocations", json=INPUT)
    assert answer.status_code == 500
    assert "no function was registered" in answer.json()["error"]["message"]
