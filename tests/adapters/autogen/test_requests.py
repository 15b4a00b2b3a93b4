"""What reaches the model, and in what state a request finds the agent."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from autogen_agentchat.agents import MessageFilterAgent, MessageFilterConfig, PerSourceFilter
from autogen_agentchat.messages import TextMessage
from autogen_agentchat.teams import RoundRobinGroupChat
from autogen_core.model_context import UnboundedChatCompletionContext
from autogen_core.models import UserMessage

import spanloom
from spanloom.errors import AgentError
from spanloom.testing import Reply

PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7"


def picture(url: str) -> list[dict[str, object]]:
    content = [{"type": "input_text", "text": "What is it?"}, {"type": "input_image", "image_url": url}]
    return [{"role": "user", "content": content}]


def test_what_a_context_was_constructed_with_is_there_in_every_request(assistant, server, ask, asked):
    server.script(lambda _: Reply("ok"))
    context = UnboundedChatCompletionContext([UserMessage(content="Use metres.", source="user")])
    agent = spanloom.wrap(assistant(model_context=context))
    for question in ("one?", "two?"):
        ask(agent, question, instructions="Be brief.")
        assert asked() == [
            ("system", None, "You are helper.\nBe brief."),
            ("user", "user", "Use metres."),
            ("user", "user", question),
        ]


def test_so_is_what_the_context_of_a_wrapped_agent_was_constructed_with(assistant, server, ask, asked):
    server.script(lambda _: Reply("ok"))
    context = UnboundedChatCompletionContext([UserMessage(content="Use metres.", source="user")])
    everything = MessageFilterConfig(per_source=[PerSourceFilter(source="user")])
    agent = spanloom.wrap(MessageFilterAgent("filter", assistant(model_context=context), everything))
    for question in ("one?", "two?"):
        ask(agent, question)
        assert asked()[1:] == [("user", "user", "Use metres."), ("user", "user", question)]


def test_a_factory_makes_an_agent_for_each_request(assistant, server):
    """Two requests run at the same time: each model call waits for the other."""
    both = threading.Barrier(2)

    def think(request):
        both.wait(10)
        return Reply(str([message["content"] for message in request.body["messages"][1:]]))

    server.script(think)
    agent = spanloom.wrap(factory=assistant)
    with ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda word: agent.predict({"input": word}).output_text, ("one", "two"))
    assert list(answers) == ["['one']", "['two']"]


@pytest.mark.parametrize("url", [PIXEL, "https://example.test/a.png"])
@pytest.mark.parametrize("in_team", [False, True])
def test_an_image_is_passed_on_as_it_came(assistant, server, ask, asked, url, in_team):
    server.script([Reply("a dot")])
    agent = assistant()
    ask(spanloom.wrap(RoundRobinGroupChat([agent], max_turns=1) if in_team else agent), picture(url))
    assert asked()[-1][2] == [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": url, "detail": "auto"}},
    ]


@pytest.mark.parametrize("url", [PIXEL, "https://example.test/a.png"])
def test_an_image_of_an_earlier_turn_does_not_hurt_a_team(assistant, server, ask, asked, url):
    server.script([Reply("red")])
    history = [*picture(url), {"role": "assistant", "content": "A dot."}, {"role": "user", "content": "Which colour?"}]
    ask(spanloom.wrap(RoundRobinGroupChat([assistant()], max_turns=1)), history)
    assert asked()[-2:] == [("user", "RoundRobinGroupChat", "A dot."), ("user", "user", "Which colour?")]
    assert asked()[1][2][0] == {"type": "text", "text": "What is it?"}


@pytest.mark.parametrize(
    ("part", "problem"),
    [
        (
            {"type": "input_file", "filename": "a.pdf", "file_data": "data:application/pdf;base64,JVBERi0="},
            "input_file",
        ),
        ({"type": "input_image", "file_id": "file_1"}, "file_id"),
        ({"type": "input_image", "image_url": "data:image/png;base64,AAAA"}, "not an image"),
        ({"type": "input_image", "image_url": "a.png"}, "image_url"),
    ],
)
def test_content_that_autogen_can_not_hold_is_refused(assistant, part, problem):
    with pytest.raises(AgentError, match=problem):
        spanloom.wrap(assistant()).predict({"input": [{"role": "user", "content": [part]}]})


def test_a_result_that_autogen_can_not_hold_is_refused(assistant):
    call = {"type": "function_call", "call_id": "c1", "name": "draw", "arguments": "{}"}
    output = [{"type": "input_text", "text": "Here."}, {"type": "input_image", "image_url": PIXEL}]
    with pytest.raises(AgentError, match="input_image"):
        spanloom.wrap(assistant()).predict(
            {"input": [call, {"type": "function_call_output", "call_id": "c1", "output": output}]}
        )


def test_names_of_speakers_are_made_valid(assistant, server, ask, asked):
    server.script([Reply("ok")])
    ask(spanloom.wrap(assistant()), [{"role": "user", "content": "hi", "name": "Ann Lee"}])
    assert asked()[-1] == ("user", "Ann_Lee", "hi")


def test_a_conversation_may_end_with_a_result(assistant, server, ask, asked):
    server.script([Reply("sunny")])
    call = {"type": "function_call", "call_id": "c1", "name": "look", "arguments": "{}"}
    result = {"type": "function_call_output", "call_id": "c1", "output": [{"type": "input_text", "text": "sun"}]}
    ask(spanloom.wrap(assistant()), [{"role": "user", "content": "Weather?"}, call, result])
    assert asked()[-1] == ("tool", None, "sun")


def test_in_a_team_an_unspoken_result_is_told_as_a_message(assistant, server, ask, asked):
    server.script([Reply("sunny")])
    call = {"type": "function_call", "call_id": "c1", "name": "look", "arguments": "{}"}
    result = {"type": "function_call_output", "call_id": "c1", "output": "sun"}
    team = RoundRobinGroupChat([assistant()], max_turns=1, name="crew")
    ask(
        spanloom.wrap(team), [{"role": "user", "content": "Weather?"}, call, result, {"role": "user", "content": "So?"}]
    )
    assert asked()[1:] == [("user", "user", "Weather?"), ("user", "crew", "sun"), ("user", "user", "So?")]


def test_input_fn_makes_the_task(assistant, server, ask, asked):
    server.script([Reply("ok")])
    agent = spanloom.wrap(assistant(), input_fn=lambda _: [TextMessage(content="made", source="maker")])
    ask(agent, "hi")
    assert asked() == [("system", None, "You are helper."), ("user", "maker", "made")]
