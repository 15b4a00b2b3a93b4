"""What a run is given."""

from __future__ import annotations

from functools import partial

import pytest
from pydantic_ai import Agent, RunContext, UsageLimits
from pydantic_ai.messages import ModelRequest, UserPromptPart
from pydantic_ai.toolsets import FunctionToolset

import spanloom
from spanloom.errors import AgentError
from spanloom.testing import Reply, ToolCall
from spanloom_adapters.pydantic_ai import PydanticAIOptions

USER = {"role": "user", "content": "And Oslo?"}
HISTORY = [{"role": "user", "content": "Paris?"}, {"role": "assistant", "content": "Sunny."}, USER]


def said(server) -> list[tuple[str, object]]:
    return [(message["role"], message["content"]) for message in server.requests[-1].body["messages"]]


@pytest.mark.parametrize("history", [[USER], HISTORY, [{"role": "developer", "content": "Rhyme."}, USER], HISTORY[1:]])
def test_the_agents_own_prompts_come_first(server, agent, ask, history):
    wx = agent(system_prompt="Be kind.", instructions="Be quick.")
    ask(wx, input=history, instructions="Be brief.")
    sent = said(server)
    rules = [text for role, text in sent if role == "system"]
    assert sent[0][0] == "system"
    assert "Be kind." in rules
    assert "Be quick." in "".join(rules)
    assert "Be brief." in "".join(rules)
    assert ("Rhyme." in rules) == (history[0]["role"] == "developer")
    assert sent[-1] == ("user", "And Oslo?")


def test_dynamic_system_prompts_know_the_dependencies(server, model):
    wx = Agent(model(), deps_type=str)

    @wx.system_prompt
    def greet(context: RunContext[str]) -> str:
        return f"Call the user {context.deps}."

    agent = spanloom.wrap(wx, deps=lambda request: request.context.user_id)
    agent.predict(input=HISTORY, context={"user_id": "Ann"})
    assert said(server)[0] == ("system", "Call the user Ann.")


async def user_of(request) -> str:
    return "Ann"


@pytest.mark.parametrize("deps", ["Ann", lambda _: "Ann", user_of, partial(lambda name, _: name, "Ann")])
def test_dependencies_are_a_value_or_made_of_the_request(server, agent, ask, shape, deps):
    def who(context: RunContext[str]) -> str:
        return str(context.deps)

    server.script([Reply(tool_calls=[ToolCall("who")]), Reply("Ann.")])
    assert ("output", "Ann") in shape(ask(agent(who, deps_type=str, wrap_deps=deps), input="Who am I?"))


@pytest.mark.parametrize("settings", [{"seed": 7, "temperature": 1.0}, lambda _: {"seed": 7, "temperature": 1.0}])
def test_parameters_of_the_request_win(server, agent, ask, settings):
    wx = agent(model_settings={"presence_penalty": 0.5}, wrap_model_settings=settings)
    ask(wx, input="hi", temperature=0.25, top_p=0.5, max_output_tokens=99)
    body = server.requests[-1].body
    sent = [body[name] for name in ("presence_penalty", "seed", "temperature", "top_p", "max_completion_tokens")]
    assert sent == [0.5, 7, 0.25, 0.5, 99]
    ask(wx, input="hi")
    assert server.requests[-1].body["temperature"] == 1.0


def test_the_effort_of_reasoning_reaches_the_model(server, agent):
    agent(wire="responses").predict(input="hi", reasoning={"effort": "low"})
    assert server.requests[-1].body["reasoning"]["effort"] == "low"


def test_options_change_the_model_and_add_tools(server, agent, model, ask, shape):
    def now() -> str:
        return "noon"

    server.script([Reply(tool_calls=[ToolCall("now")]), Reply("Noon.")])
    wx = agent(wrap_model=model("responses"), wrap_toolsets=[FunctionToolset([now])])
    assert ("output", "noon") in shape(ask(wx, input="When?"))
    assert {request.path for request in server.requests} == {"/v1/responses"}


def test_images_and_files_of_every_kind(server, agent):
    content = [
        {"type": "input_text", "text": "What is it?"},
        {"type": "input_image", "image_url": "https://example.com/a.png", "detail": "low"},
        {"type": "input_file", "filename": "a.txt", "file_data": "aGVsbG8="},
        {"type": "input_file", "file_id": "file-1"},
        {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}},
    ]
    agent().predict(input=[{"role": "user", "content": content}])
    text, image, plain, uploaded, audio = said(server)[-1][1]
    assert text == {"type": "text", "text": "What is it?"}
    assert image["image_url"] == {"url": "https://example.com/a.png", "detail": "low"}
    assert "hello" in plain["text"]
    assert uploaded["file"]["file_id"] == "file-1"
    assert audio["type"] == "input_audio"


CALL = {"type": "function_call", "call_id": "c1", "name": "delete", "arguments": "{}"}


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([USER, CALL], "send a function_call_output for c1"),
        ([USER, {"type": "function_call_output", "call_id": "c1", "output": "x"}], "has no function_call"),
        ([{"type": "item_reference", "id": "m1"}], "'item_reference' can't be given"),
        (
            [USER, CALL, {"type": "function_call_output", "call_id": "c1", "output": [{"type": "input_video"}]}],
            "a part of type 'input_video'",
        ),
    ],
)
def test_what_can_not_be_given_is_told(agent, items, message):
    deleted = []
    with pytest.raises(AgentError, match=message):
        agent(deleted.append).predict(input=items)
    assert deleted == []


def test_items_that_are_not_for_the_model_are_left_out(server, agent):
    found = {"type": "web_search_call", "id": "ws_1", "status": "completed", "action": {"type": "search", "query": "x"}}
    agent().predict(input=[HISTORY[0], found, *HISTORY[1:]])
    assert said(server) == [("user", "Paris?"), ("assistant", "Sunny."), ("user", "And Oslo?")]


@pytest.mark.parametrize(
    "native",
    ["Rome?", ["Rome?"], [ModelRequest([UserPromptPart("Rome?")])], {"user_prompt": "Rome?", "instructions": None}],
)
def test_the_user_may_make_the_native_input(server, agent, native):
    agent(wrap_input_fn=lambda request: native).predict(input="Paris?")
    assert str(said(server)).count("Rome?") == 1
    assert "Paris?" not in str(said(server))


def test_the_user_may_read_the_native_result(server, agent, ask, shape):
    server.script([Reply("hello")])
    response = ask(agent(wrap_output_fn=lambda result: result.output.upper()), input="hi")
    assert shape(response) == [("message", "HELLO")]
    assert response.usage is not None


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"model_settings": 1}, "expected a dict"),
        ({"usage_limits": 5}, r"UsageLimits\(request_limit"),
        ({"toolsets": 1}, "a list of toolsets"),
    ],
)
def test_a_wrong_option_says_what_is_expected(option, message):
    with pytest.raises(ValueError, match=message):
        PydanticAIOptions(**option)
    PydanticAIOptions(usage_limits=UsageLimits(), model_settings={"seed": 1}, toolsets=[])
