from __future__ import annotations

import threading

import openai
import pytest
from openai import OpenAI

from spanloom.errors import SpanloomError
from spanloom.testing import ErrorReply, ProviderServer, Reply, ScriptError, ScriptExhaustedError, ToolCall

CHAT = {"model": "gpt-test", "messages": [{"role": "user", "content": "hi"}]}


def ask(client: OpenAI) -> str | None:
    return client.chat.completions.create(**CHAT).choices[0].message.content


def test_replies_are_taken_in_order_on_either_wire(server: ProviderServer, client: OpenAI):
    server.script([Reply("first"), Reply("second")])
    assert client.responses.create(model="gpt-test", input="hi").output_text == "first"
    assert ask(client) == "second"


def test_an_exhausted_script_is_a_clear_error_that_the_client_does_not_repeat(server: ProviderServer):
    server.script([Reply("only")])
    with OpenAI(base_url=server.base_url, api_key="unused", max_retries=2) as client:
        ask(client)
        with pytest.raises(openai.InternalServerError, match=r"exhausted: it has 1 reply, and request 1 \(POST"):
            ask(client)
    assert len(server.requests) == 2
    assert [type(failure) for failure in server.failures] == [ScriptExhaustedError]


def test_replies_can_be_enqueued_between_requests(server: ProviderServer, client: OpenAI):
    server.enqueue(Reply("first"))
    assert ask(client) == "first"
    server.enqueue(Reply("second"), Reply("third"))
    assert [ask(client), ask(client)] == ["second", "third"]
    with pytest.raises(openai.InternalServerError, match="it has 3 replies"):
        ask(client)


def test_a_function_decides_per_request(server: ProviderServer, client: OpenAI):
    def respond(request):
        asked = request.body["messages"][-1]
        return Reply("done") if asked["role"] == "tool" else Reply(tool_calls=[ToolCall("now", id="call_1")])

    server.script(respond)
    message = client.chat.completions.create(**CHAT).choices[0].message
    result = {"role": "tool", "tool_call_id": message.tool_calls[0].id, "content": "12:00"}
    completion = client.chat.completions.create(
        model="gpt-test", messages=[*CHAT["messages"], message.to_dict(), result]
    )
    assert completion.choices[0].message.content == "done"


def test_a_function_that_raises_or_returns_nonsense_is_recorded(server: ProviderServer, client: OpenAI):
    def broken(request):
        raise KeyError("city")

    server.script(broken)
    with pytest.raises(openai.InternalServerError, match="KeyError: 'city'"):
        ask(client)
    server.script(lambda request: "text")
    with pytest.raises(openai.InternalServerError, match="A script is made of Reply and ErrorReply, got str"):
        ask(client)
    assert [type(failure) for failure in server.failures] == [KeyError, ScriptError]


def test_enqueue_on_a_function_is_refused(server: ProviderServer):
    server.script(lambda request: Reply("x"))
    with pytest.raises(ScriptError, match="the script is a function"):
        server.enqueue(Reply("y"))


def test_reset_begins_again():
    with (
        ProviderServer([Reply("first")]) as server,
        OpenAI(base_url=server.base_url, api_key="unused", max_retries=0) as client,
    ):
        assert ask(client) == "first"
        with pytest.raises(openai.InternalServerError):
            ask(client)
        server.reset()
        assert (server.requests, server.failures) == ((), ())
        assert ask(client) == "first"


@pytest.mark.parametrize(
    ("status", "raised", "type_"),
    [(429, openai.RateLimitError, "rate_limit_error"), (500, openai.InternalServerError, "server_error")],
)
def test_scripted_errors_have_openais_shape(
    server: ProviderServer, client: OpenAI, status: int, raised: type[openai.APIStatusError], type_: str
):
    server.script([ErrorReply(status, "try later", code="busy", headers={"Retry-After": "7"})])
    with pytest.raises(raised) as caught:
        client.chat.completions.create(**CHAT, stream=True)
    assert caught.value.body == {"message": "try later", "type": type_, "param": None, "code": "busy"}
    assert caught.value.response.headers["retry-after"] == "7"
    assert caught.value.request_id.startswith("req_")


def test_a_client_that_retries_takes_the_next_reply(server: ProviderServer):
    server.script([ErrorReply(429, "slow down", headers={"retry-after-ms": "1"}), Reply("now")])
    with OpenAI(base_url=server.base_url, api_key="unused", max_retries=1) as client:
        assert ask(client) == "now"
    assert [request.index for request in server.requests] == [0, 1]


def test_a_whole_answer_waits_for_its_gate(server: ProviderServer, client: OpenAI):
    gate = threading.Event()
    answers: list[str | None] = []
    arrived = threading.Event()

    def respond(request):
        arrived.set()
        return Reply("done", hold=gate)

    server.script(respond)
    asking = threading.Thread(target=lambda: answers.append(ask(client)))
    asking.start()
    assert arrived.wait(5)
    assert not server.requests[0].finished.is_set()
    gate.set()
    asking.join(5)
    assert answers == ["done"]


def test_a_server_that_does_not_run_says_so():
    server = ProviderServer()
    with pytest.raises(SpanloomError, match=r"call start\(\)"):
        _ = server.base_url


def test_start_and_stop_may_be_repeated():
    server = ProviderServer().start()
    assert server.start().base_url == server.base_url
    server.stop()
    server.stop()
    with server, OpenAI(base_url=server.base_url, api_key="unused") as client:
        assert ask(client) == "echo: hi"
