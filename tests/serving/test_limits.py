from __future__ import annotations

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from served_agents import Waits, echo, words

import spanloom


@pytest.fixture
def waits():
    agent = Waits()
    yield agent
    agent.release.set()


def post(server, body, **options):
    return httpx.post(f"{server.url}/invocations", json=body, timeout=30, trust_env=False, **options)


def test_synchronous_agents_run_side_by_side_and_never_block_the_loop(serve):
    everyone = threading.Barrier(33)

    def meets(_text: str) -> str:
        everyone.wait(20)
        return "met"

    server = serve({"meets": meets})
    with ThreadPoolExecutor(32) as pool:
        calls = [pool.submit(post, server, {"input": "hi"}) for _ in range(32)]
        while everyone.n_waiting < 32:
            assert server.http.get("/health").json() == {"status": "healthy"}
        everyone.wait(20)
        assert {call.result().status_code for call in calls} == {200}


def test_requests_beyond_the_limit_are_refused(serve, waits):
    server = serve({"waits": waits.run_in_thread}, max_concurrency=1)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(post, server, {"input": "hi"})
        assert waits.began.wait(10)
        refused = post(server, {"input": "hi"})
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        assert refused.json()["error"]["code"] == "too_many_requests"
        waits.release.set()
        assert first.result().status_code == 200
    assert post(server, {"input": "hi"}).status_code == 200


@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_leaves_cancels_the_run(serve, waits, stream):
    server = serve({"waits": waits.run})
    body = b'{"input": "hi", "stream": %s}' % (b"true" if stream else b"false")
    host, _, port = server.url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port))) as client:
        head = b"POST /invocations HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body)
        client.sendall(head + body)
        assert waits.began.wait(10)
    assert waits.ended.wait(5)
    trace = wait_for_trace()
    assert trace.info.state == "CANCELLED"
    assert {span.status for span in trace.data.spans} == {"CANCELLED"}
    assert 'status="499"' in server.http.get("/metrics").text


def wait_for_trace() -> spanloom.Trace:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found = spanloom.search_traces()
        if found and found[0].info.state != "IN_PROGRESS":
            return found[0]
    raise AssertionError("no trace was stored")


def test_the_span_of_a_synchronous_agent_ends_when_the_client_leaves(serve, waits):
    server = serve({"waits": waits.run_in_thread})
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{server.url}/invocations", json={"input": "hi"}, timeout=0.5, trust_env=False)
    assert wait_for_trace().info.state == "CANCELLED"


def test_a_whole_answer_that_takes_too_long_is_504(serve, waits):
    server = serve({"waits": waits.run}, timeout=0.2)
    answer = server.http.post("/v1/responses", json={"input": "hi"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "timeout")
    assert waits.ended.wait(5)


def test_a_stream_that_takes_too_long_ends_with_response_failed(serve, waits):
    server = serve({"waits": waits.run}, timeout=0.2)
    answer = server.http.post("/v1/responses", json={"input": "hi", "stream": True})
    assert answer.status_code == 200
    last = answer.text.strip().split("\n\n")[-1]
    assert last.startswith("event: response.failed\n")
    assert '"code":"timeout"' in last


def test_the_agents_own_limit_is_504_too(serve, waits):
    server = serve({"waits": spanloom.wrap(waits.run, timeout=0.2)})
    answer = server.http.post("/v1/responses", json={"input": "hi"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (504, "timeout")


def test_a_body_that_is_too_large_is_413(serve):
    server = serve({"echo": echo}, max_body=1000)
    answer = server.http.post("/invocations", json={"input": "x" * 2000})
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    chunks = (b'{"input": "' if part == 0 else b"x" * 500 for part in range(5))
    assert server.http.post("/invocations", content=chunks).status_code == 413


def test_api_keys_are_asked_for(serve):
    server = serve({"echo": echo}, api_keys=["right", "other"])
    for headers in (
        {},
        {"authorization": "Bearer wrong"},
        {"authorization": "Basic right"},
        {"authorization": "right"},
    ):
        answer = server.http.post("/invocations", json={"input": "hi"}, headers=headers)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_api_key")
        assert answer.headers["www-authenticate"] == "Bearer"
        assert server.http.get("/metrics", headers=headers).status_code == 401
        assert server.http.get("/v1/models", headers=headers).status_code == 401
    for key in ("right", "other"):
        headers = {"authorization": f"Bearer {key}"}
        assert server.http.post("/invocations", json={"input": "hi"}, headers=headers).status_code == 200
    for path in ("/", "/health", "/ready", "/docs"):
        assert server.http.get(path).status_code == 200


def test_pages_of_other_sites_must_be_allowed(serve):
    server = serve({"echo": echo}, cors=["https://friend.example"])
    foreign = server.http.post("/invocations", json={"input": "hi"}, headers={"origin": "https://evil.example"})
    assert (foreign.status_code, foreign.json()["error"]["code"]) == (403, "origin")
    friend = server.http.post("/invocations", json={"input": "hi"}, headers={"origin": "https://friend.example"})
    assert friend.headers["access-control-allow-origin"] == "https://friend.example"
    own = server.http.post("/invocations", json={"input": "hi"}, headers={"origin": server.url})
    assert own.status_code == 200


def test_a_name_that_was_made_to_mean_this_machine_is_refused(serve):
    server = serve({"echo": echo}, allowed_hosts=["agents.example"])
    for path in ("/", "/traces/x", "/v1/models"):
        rebound = server.http.get(path, headers={"host": "evil.example:8000"})
        assert (rebound.status_code, rebound.json()["error"]["code"]) == (403, "host")
    for host in ("localhost", "localhost:8000", "127.0.0.1:8000", "[::1]:8000", "[::1]", "agents.example"):
        assert server.http.get("/v1/models", headers={"host": host}).status_code == 200
    proxied = {"host": "public.example", "x-forwarded-for": "203.0.113.9"}
    assert server.http.get("/v1/models", headers=proxied).status_code == 200


def test_metrics_count_what_happened(serve):
    server = serve({"words": words})
    server.http.post("/v1/responses", json={"input": "hi"})
    server.http.post("/v1/responses", json={"input": "hi", "stream": True})
    text = server.http.get("/metrics").text
    assert 'spanloom_requests_total{agent="words",endpoint="/v1/responses",status="200"} 2.0' in text
    assert 'spanloom_first_event_seconds_count{agent="words",endpoint="/v1/responses"} 1.0' in text
    assert "spanloom_spans_dropped 0.0" in text


def test_the_server_says_which_agents_it_has(serve):
    server = serve({"echo": echo, "words": spanloom.wrap(words, schema="chat")})
    info = server.http.get("/agent/info").json()
    assert (info["name"], info["use_case"], info["agent_api"]) == ("echo", "agent", "responses")
    assert info["agents"][1] == {"name": "words", "agent_api": "chat", "framework": "callable"}


def test_traces_are_shown_on_the_servers_own_machine(serve):
    server = serve({"echo": echo})
    trace_id = server.http.post("/invocations", json={"input": "hi"}).headers["x-spanloom-trace-id"]
    assert server.http.get(f"/traces/{trace_id}").json()["info"]["name"] == "echo"
    assert server.http.get("/traces/none").status_code == 404
    remote = {"x-forwarded-for": "203.0.113.9"}
    assert server.http.get(f"/traces/{trace_id}", headers=remote).status_code == 403
