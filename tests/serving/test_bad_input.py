from __future__ import annotations

from typing import Any

import pytest
from served_agents import Golden, echo

from spanloom.errors import AgentError, SpanloomError
from spanloom.serving import AgentServer, ServerSettings

PATHS = ("/invocations", "/responses", "/v1/responses", "/v1/chat/completions")


@pytest.fixture
def server(serve):
    return serve({"golden": Golden()})


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("content", [b"", b"{nope", b"[1, 2]", b"3", b"null", b'"hi"', b"\xff", b'{"stream": "false"}'])
def test_a_body_that_is_no_request_is_400(server, path: str, content: bytes):
    answer = server.http.post(path, content=content)
    assert answer.status_code == 400
    error = answer.json()["error"]
    assert error["type"] == "invalid_request_error"
    assert set(error) == {"message", "type", "param", "code"}


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("/invocations", {"foo": 1}, "input"),
        ("/invocations", {"input": [{"role": "alien", "content": "x"}]}, "input[0].role"),
        ("/v1/responses", {"input": 3}, "input"),
        ("/v1/responses", {"input": "hi", "stream": 1}, "stream"),
        ("/v1/responses", {"input": "hi", "background": True}, "background"),
        ("/v1/responses", {"input": "hi", "conversation": 3}, "conversation"),
        ("/v1/responses", {"input": "hi", "previous_response_id": "resp_none"}, "previous_response_id"),
        ("/v1/responses", {"input": "hi", "previous_response_id": "r", "conversation": "c"}, "conversation"),
        ("/v1/responses", {"input": "hi", "temperature": "hot"}, "temperature"),
        ("/v1/chat/completions", {"input": "hi"}, "messages"),
        ("/v1/chat/completions", {"messages": []}, "messages"),
    ],
)
def test_the_wrong_field_is_named(server, path: str, body: dict[str, Any], param: str):
    answer = server.http.post(path, json=body)
    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)


def test_unknown_paths_and_methods_have_the_same_shape(server):
    missing = server.http.get("/nowhere")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")
    wrong = server.http.get("/invocations")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "POST")
    assert wrong.json()["error"]["type"] == "invalid_request_error"


def test_an_empty_input_is_answered(server):
    assert server.http.post("/invocations", json={"input": []}).status_code == 200


def test_an_answer_that_fits_no_schema_is_the_agents_failure(serve):
    class Bad(Golden):
        def predict(self, _request):
            return "just text"

    answer = serve({"bad": Bad()}).http.post("/invocations", json={"input": "hi"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (500, "agent_error")


def test_several_agents_must_be_told_apart(serve):
    server = serve({"echo": echo, "golden": Golden()})
    unnamed = server.http.post("/invocations", json={"input": "hi"})
    assert (unnamed.status_code, unnamed.json()["error"]["param"]) == (400, "model")
    unknown = server.http.post("/invocations", json={"input": "hi", "model": "gold"})
    assert (unknown.status_code, unknown.json()["error"]["code"]) == (404, "model_not_found")
    assert "did you mean 'golden'?" in unknown.json()["error"]["message"]


@pytest.mark.parametrize(
    "build",
    [
        lambda: AgentServer("ChatAgent"),
        lambda: AgentServer(agents={}),
        lambda: AgentServer("ResponsesAgent", agents={"echo": echo}),
        lambda: AgentServer(agents={"number": 3}),
        lambda: AgentServer(agents={"class": Golden}),
    ],
)
def test_what_can_not_be_served_is_told_at_once(build):
    with pytest.raises(AgentError):
        build()


@pytest.mark.parametrize("limits", [{"timeout": 0}, {"max_concurrency": 0}, {"max_body": -1}, {"api_keys": "key"}])
def test_limits_that_make_no_sense_are_told(limits: dict[str, Any]):
    with pytest.raises(SpanloomError):
        ServerSettings(**limits)
