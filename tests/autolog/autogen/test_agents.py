"""Agents, however they are asked."""

from __future__ import annotations

import pytest
from autogen_agentchat.agents import AssistantAgent, BaseChatAgent, MessageFilterAgent, MessageFilterConfig
from autogen_agentchat.base import Response
from autogen_agentchat.messages import MultiModalMessage, TextMessage
from autogen_core import CancellationToken, Image
from inline_snapshot import snapshot
from PIL import Image as PILImage
from pydantic import BaseModel

from spanloom.testing import Reply, ToolCall, outline
from spanloom.tracing import attributes

pytestmark = pytest.mark.anyio

HELLO = [TextMessage(content="hello", source="user")]
ONE_TURN = "AGENT writer\n  CHAT_MODEL chat gpt-5-mini [21+1 tokens]"


async def test_a_run_tells_task_and_answer(agent, the_span):
    await agent("writer", Reply("a poem")).run(task="Write!")
    span = the_span("AGENT")
    assert span.inputs == {"messages": [{"role": "user", "content": "Write!"}]}
    assert span.outputs == {"messages": [{"role": "assistant", "content": "a poem", "name": "writer"}]}
    assert span.attributes[attributes.AGENT_NAME] == "writer"


async def test_on_messages_asked_directly_is_one_agent_span(agent, the_trace):
    await agent("writer", Reply("poem")).on_messages(HELLO, CancellationToken())
    assert outline(the_trace()) == ONE_TURN


async def test_on_messages_stream_asked_directly_is_one_agent_span(agent, the_trace):
    stream = agent("writer", Reply("poem")).on_messages_stream(HELLO, CancellationToken())
    events = [event async for event in stream]
    assert type(events[-1]) is Response
    assert outline(the_trace()) == ONE_TURN
    assert the_trace().data.spans[0].outputs["messages"][0]["content"] == "poem"


async def test_an_agent_class_of_the_users_own_needs_on_messages_only(the_trace):
    class Parrot(BaseChatAgent):
        produced_message_types = (TextMessage,)

        async def on_messages(self, messages, cancellation_token):
            return Response(chat_message=TextMessage(content=messages[-1].content, source=self.name))

        async def on_reset(self, cancellation_token): ...

    async for _ in Parrot("parrot", "Repeats.").on_messages_stream(HELLO, CancellationToken()):
        pass
    (span,) = the_trace().data.spans
    assert (span.span_type, span.name) == ("AGENT", "parrot")
    assert span.outputs["messages"][0]["content"] == "hello"


async def test_an_override_that_asks_its_base_class_is_the_same_agent(client, the_trace):
    class Polite(AssistantAgent):
        async def on_messages(self, messages, cancellation_token):
            return await super().on_messages(messages, cancellation_token)

    await Polite("writer", client(Reply("poem"))).run(task="Write!")
    assert outline(the_trace()) == ONE_TURN


async def test_an_agent_around_an_agent_is_two(agent, the_trace):
    wrapped = agent("writer", Reply("poem"))
    await MessageFilterAgent("filter", wrapped, MessageFilterConfig(per_source=[])).run(task="Write!")
    assert outline(the_trace()) == snapshot("""\
AGENT filter
  AGENT writer
    CHAT_MODEL chat gpt-5-mini [20+1 tokens]\
""")


async def test_images_are_told_by_their_size(agent, the_span):
    picture = Image(PILImage.new("RGB", (3, 2)))
    task = MultiModalMessage(content=["What is this?", picture], source="ann")
    await agent("writer", Reply("A picture.")).run(task=task)
    expected = {
        "role": "user",
        "content": [{"type": "text", "text": "What is this?"}, {"type": "image", "width": 3, "height": 2}],
        "name": "ann",
    }
    assert the_span("AGENT").inputs == {"messages": [expected]}
    assert the_span("CHAT_MODEL").inputs["messages"][-1] == expected


@pytest.mark.filterwarnings("ignore:Pydantic serializer warnings:UserWarning")  # of AutoGen's own log
async def test_structured_output_is_told_as_its_json(agent, the_span):
    class Weather(BaseModel):
        city: str

    await agent("writer", Reply('{"city":"Paris"}'), output_content_type=Weather).run(task="Where?")
    assert the_span("AGENT").outputs["messages"][0]["content"] == '{"city":"Paris"}'


async def test_a_run_without_a_task_goes_on(agent, the_span):
    await agent("writer", Reply("poem")).run()
    assert the_span("AGENT").inputs == {"messages": []}


async def test_the_history_of_a_tool_call_is_in_chat_form(agent, the_trace):
    def get_weather(city: str) -> str:
        """Tell the weather."""
        return f"sunny in {city}"

    call = Reply("Let me see.", tool_calls=[ToolCall("get_weather", {"city": "Paris"}, id="call_1")])
    weather = agent("weather", call, Reply("Sunny."), tools=[get_weather], max_tool_iterations=2)
    await weather.run(task="Paris?")
    first, second = the_trace().search_spans(span_type="CHAT_MODEL")
    said = {
        "role": "assistant",
        "content": "Let me see.",
        "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'}}
        ],
    }
    assert first.outputs == {"messages": [said]}
    assert first.attributes[attributes.FINISH_REASONS] == ["tool_calls"]
    assert second.inputs["messages"][-2:] == [
        {**said, "name": "weather"},
        {"role": "tool", "tool_call_id": "call_1", "name": "get_weather", "content": "sunny in Paris"},
    ]
