"""What an agent's events become."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from autogen_agentchat.agents import BaseChatAgent
from autogen_agentchat.base import Response
from autogen_agentchat.messages import BaseChatMessage, MultiModalMessage
from autogen_agentchat.tools import AgentTool
from autogen_core import CancellationToken, Image
from autogen_core.memory import ListMemory, MemoryContent, MemoryMimeType
from PIL import Image as PillowImage

import spanloom
from spanloom.testing import Reply, ToolCall, Usage

CALL = ToolCall("get_weather", {"city": "Paris"})


def get_weather(city: str) -> str:
    """Tell the weather."""
    return f"sunny in {city}"


@pytest.mark.parametrize("streams", [True, False])
def test_text_beside_a_call_is_a_message_before_it(assistant, server, ask, said, streams):
    server.script([Reply("Let me look.", tool_calls=[CALL]), Reply("It is sunny.")])
    agent = spanloom.wrap(assistant(tools=[get_weather], model_client_stream=streams))
    assert said(ask(agent, "Paris?")) == [
        ("message", None, "Let me look."),
        ("call", "get_weather"),
        ("result", "sunny in Paris"),
        ("message", None, "It is sunny."),
    ]


@pytest.mark.parametrize("streams", [True, False])
def test_a_thought_before_the_answer_is_reasoning(assistant, server, ask, said, streams):
    server.script([Reply("It is sunny.", reasoning="Look at the sky.")])
    agent = spanloom.wrap(assistant(model_client_stream=streams))
    assert said(ask(agent, "Paris?")) == [("reasoning", "Look at the sky."), ("message", None, "It is sunny.")]


def test_think_tags_in_the_text_are_reasoning(assistant, server, ask, said):
    server.script([Reply("<think>Look at the < sky.</think>It is < 30.")])
    assert said(ask(spanloom.wrap(assistant()), "Paris?")) == [
        ("reasoning", "Look at the < sky."),
        ("message", None, "It is < 30."),
    ]


def test_without_further_model_calls_the_results_are_the_answer(assistant, server, ask, said):
    server.script([Reply(tool_calls=[CALL])])
    response = ask(spanloom.wrap(assistant(tools=[get_weather], max_tool_iterations=1)), "Paris?")
    assert said(response) == [
        ("call", "get_weather"),
        ("result", "sunny in Paris"),
        ("message", None, "sunny in Paris"),
    ]
    assert response["status"] == "completed"


def test_what_an_agent_says_inside_of_a_tool_is_no_part_of_the_answer(assistant, server, ask, said, asked):
    """Its tokens are counted, and its context is new for every request."""
    expert = assistant("expert", description="Knows.")
    server.script(
        2
        * [
            Reply(tool_calls=[ToolCall("expert", {"task": "the sky"})], usage=Usage(10, 1)),
            Reply("blue", usage=Usage(20, 2)),
            Reply("It is blue.", usage=Usage(30, 3)),
        ]
    )
    tool = AgentTool(expert, return_value_as_last_message=True)
    agent = spanloom.wrap(assistant(tools=[tool]))
    for _ in range(2):
        response = ask(agent, "The sky?")
        assert said(response) == [("call", "expert"), ("result", "blue"), ("message", None, "It is blue.")]
        assert response["usage"]["total_tokens"] == 66
    assert asked(4) == [("system", None, "You are expert."), ("user", "user", "the sky")]


def test_memories_are_told_as_sources(assistant, server, ask):
    server.script([Reply("It is sunny.")])
    memory = ListMemory()
    memory._contents.append(MemoryContent(content="Paris is sunny.", mime_type=MemoryMimeType.TEXT))
    agent = assistant(memory=[memory], system_message=None)
    (source,) = ask(spanloom.wrap(agent), "Paris?")["custom_outputs"]["source_nodes"]
    assert source["content"] == "Paris is sunny."


def test_images_of_an_answer_are_in_the_custom_outputs(ask, said):
    class Painter(BaseChatAgent):
        @property
        def produced_message_types(self) -> Sequence[type[BaseChatMessage]]:
            return (MultiModalMessage,)

        async def on_messages(self, messages: Sequence[BaseChatMessage], token: CancellationToken) -> Response:
            content = ["Here.", Image(PillowImage.new("RGB", (1, 1)))]
            return Response(chat_message=MultiModalMessage(content=content, source=self.name))

        async def on_reset(self, token: CancellationToken) -> None: ...

    response = ask(spanloom.wrap(Painter("painter", "Paints.")), "Paint!")
    assert said(response) == [("message", None, "Here.")]
    (image,) = response["custom_outputs"]["images"]
    assert image["image_url"].startswith("data:image/png;base64,")


def test_output_fn_gets_the_task_result(assistant, server, ask, said):
    server.script([Reply("sunny", usage=Usage(3, 1))])
    agent = spanloom.wrap(assistant(), output_fn=lambda result: result.messages[-1].content.upper())
    response = ask(agent, "Paris?")
    assert said(response) == [("message", None, "SUNNY")]
    assert response["usage"]["total_tokens"] == 4
