"""What the model is asked."""

from __future__ import annotations

import pytest

import spanloom
from spanloom.errors import AgentError

WEATHER = {"type": "object", "properties": {"city": {"type": "string"}}}
FLAT = {"type": "function", "name": "get_weather", "parameters": WEATHER, "strict": True}
NESTED = {"type": "function", "function": {"name": "get_weather", "parameters": WEATHER, "strict": True}}
FORECAST = {"name": "forecast", "schema": {"type": "object"}, "strict": True}
FIELDS = {
    "instructions": "Be brief.",
    "temperature": 0.5,
    "top_p": 0.9,
    "tools": [FLAT],
    "tool_choice": {"type": "function", "name": "get_weather"},
    "max_output_tokens": 100,
    "reasoning": {"effort": "low"},
    "text": {"format": {"type": "json_schema", **FORECAST}, "verbosity": "low"},
    "parallel_tool_calls": False,
    "metadata": {"a": "b"},
    "user": "u1",
    "service_tier": "flex",
}
NOT_PASSED_ON = {"model": "other", "extra_headers": {"Authorization": "x"}, "background": True, "mine": 1}


def test_the_fields_of_a_request_are_passed_on_to_the_responses_api(client, server):
    spanloom.wrap(client, model="gpt-test").predict(input="hi", **FIELDS, **NOT_PASSED_ON)
    [request] = server.requests
    asked = [{"type": "message", "role": "user", "content": "hi"}]
    assert request.body == {"model": "gpt-test", "stream": True, "input": asked, **FIELDS}
    assert request.headers["authorization"] == "Bearer unused"


def test_the_fields_of_a_request_are_passed_on_to_chat_completions(client, server):
    spanloom.wrap(client, model="gpt-test", api="chat").predict(input="hi", **FIELDS, **NOT_PASSED_ON)
    [request] = server.requests
    same = ("temperature", "top_p", "parallel_tool_calls", "metadata", "user", "service_tier")
    assert request.body == {
        "model": "gpt-test",
        "stream": True,
        "stream_options": {"include_usage": True},
        "messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "hi"}],
        "tools": [NESTED],
        "tool_choice": {"type": "function", "function": {"name": "get_weather"}},
        "max_completion_tokens": 100,
        "reasoning_effort": "low",
        "response_format": {"type": "json_schema", "json_schema": FORECAST},
        "verbosity": "low",
        **{name: FIELDS[name] for name in same},
    }


def test_tools_in_the_form_of_the_other_api_are_understood(agent, api, server):
    agent.predict(input="hi", tools=[FLAT, NESTED])
    assert server.requests[0].body["tools"] == [FLAT if api == "responses" else NESTED] * 2


def test_a_provider_without_stream_options_can_be_told_to_do_without(make_client, server):
    agent = spanloom.wrap(make_client("OpenAI", server.base_url), model="gpt-test", api="chat")
    response = agent.predict(input="hi", stream_options={"include_usage": False})
    assert (response.output_text, response.usage) == ("echo: hi", None)


def test_the_responses_api_gets_items_back_without_what_it_refuses(client, server):
    said = {"type": "output_text", "text": "Sunny.", "annotations": []}
    thought = {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "xyz"}
    call = {"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "get_weather", "arguments": "{}"}
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
    spanloom.wrap(client, model="gpt-test").predict(
        input=[
            {"role": "user", "id": "8c1f", "content": [{"type": "text", "text": "Paris?"}], "attachments": {"a": "b"}},
            thought,
            call,
            {"type": "function_call_output", "id": "fco_1", "call_id": "call_1", "output": "sunny"},
            search,
            {"type": "message", "role": "assistant", "id": "msg_1", "name": "meteorologist", "content": [said]},
            {"type": "message", "role": "assistant", "id": "8c20", "content": [{"type": "input_text", "text": "Yes."}]},
        ]
    )
    assert server.requests[0].body["input"] == [
        {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Paris?"}]},
        thought,
        call,
        {"type": "function_call_output", "call_id": "call_1", "output": "sunny"},
        search,
        {"type": "message", "role": "assistant", "id": "msg_1", "content": [said]},
        {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Yes."}]},
    ]


def test_reasoning_that_was_not_stored_is_not_sent_back(client, server):
    unknown, kept = ({"type": "reasoning", "id": f"rs_{n}", "summary": []} for n in range(2))
    kept["encrypted_content"] = "xyz"
    history = [{"role": "user", "content": "hi"}, unknown, kept, {"role": "assistant", "content": "hello"}]
    spanloom.wrap(client, model="gpt-test").predict(input=history, store=False)
    assert server.requests[0].body["input"][1:-1] == [kept]


def test_a_response_that_chat_completions_do_not_know_is_refused(client):
    agent = spanloom.wrap(client, model="gpt-test", api="chat")
    with pytest.raises(AgentError, match="send the whole conversation"):
        agent.predict(input="hi", previous_response_id="resp_1")


def test_input_fn_gives_the_arguments_of_the_call(make_client, server):
    agent = spanloom.wrap(
        make_client("OpenAI", server.base_url),
        model="gpt-test",
        input_fn=lambda request: {"input": request.input.upper(), "extra_body": {"top_k": 3}},
    )
    assert agent.predict(input="hi").output_text == "echo: HI"
    assert server.requests[0].body["top_k"] == 3
    agent = spanloom.wrap(make_client("OpenAI", server.base_url), model="gpt-test", input_fn=lambda _: "just text")
    assert agent.predict(input="hi").output_text == "echo: just text"
