"""Streams, runs driven by hand, and direct requests."""

from __future__ import annotations

import pytest
from inline_snapshot import snapshot
from pydantic_ai import direct
from pydantic_ai.exceptions import ModelHTTPError
from pydantic_ai.messages import ModelRequest
from pydantic_ai.models.fallback import FallbackModel

import spanloom
from spanloom.testing import ErrorReply, Reply, ToolCall, Usage, outline
from spanloom.tracing import attributes

pytestmark = pytest.mark.anyio

LONG = "one two three four five six"
USAGE = Usage(7, 3)
QUESTION = [ModelRequest.user_text_prompt("hi")]


@pytest.fixture(params=[("pydantic_ai",), ("pydantic_ai", "openai")], ids="+".join)
def plugins(request, autologging) -> None:
    spanloom.autolog(*request.param)


async def test_a_stream_that_is_left_early_keeps_what_came(agent, the_trace, the_span, plugins):
    async with agent(Reply(LONG)).run_stream("count") as result:
        async for _ in result.stream_text(debounce_by=None):
            break
    assert [span.status for span in the_trace().data.spans if span.status == "ERROR"] == []
    (message,) = the_span("CHAT_MODEL").outputs["messages"]
    assert message["content"].startswith("one")
    assert the_span("CHAT_MODEL").attributes[attributes.TIME_TO_FIRST_CHUNK_MS] > 0


async def test_what_the_consumer_of_a_stream_traces_stands_below_the_agent(agent, the_trace, plugins):
    async with agent(Reply("one two")).run_stream("count") as result:
        async for text in result.stream_text(debounce_by=None):
            with spanloom.start_span(f"show {text}"):
                pass
    assert spanloom.get_current_active_span() is None
    below = {span.parent_id for span in the_trace().data.spans if span.name.startswith("show")}
    assert below == {the_trace().data.spans[0].span_id}


async def test_what_stopped_a_stream_is_on_the_model_and_on_the_agent(agent, the_trace):
    async def read() -> None:
        async with agent(Reply(LONG)).run_stream("count") as result:
            async for _ in result.stream_text(debounce_by=None):
                raise ValueError("enough")

    with pytest.raises(ValueError, match="enough"):
        await read()
    statuses = {span.span_type: span.status_message for span in the_trace().data.spans}
    assert statuses == {"AGENT": "ValueError: enough", "CHAT_MODEL": "ValueError: enough"}


async def test_a_run_by_hand_is_the_same_tree(agent, the_trace, plugins):
    call = Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"})], usage=USAGE)

    def get_weather(city: str) -> str:
        """Tell the weather."""
        return f"sunny in {city}"

    async with agent(call, Reply("Sunny.", usage=USAGE), tools=[get_weather]).iter("Paris?") as run:
        async for _ in run:
            pass
    assert spanloom.get_current_active_span() is None
    assert outline(the_trace()) == snapshot("""\
AGENT wx
  CHAT_MODEL chat gpt-5-mini [7+3 tokens]
  TOOL get_weather
  CHAT_MODEL chat gpt-5-mini [7+3 tokens]\
""")


async def test_a_run_that_is_left_is_cancelled(agent, the_trace):
    async with agent().iter("Paris?") as run:
        async for _ in run:
            break
    assert outline(the_trace()) == "AGENT wx (CANCELLED: CancelledError)"
    assert spanloom.get_current_active_span() is None


async def test_a_direct_request_is_one_span(chat_model, the_trace, plugins):
    await direct.model_request(chat_model(Reply("hi", usage=USAGE)), QUESTION)
    assert outline(the_trace()) == "CHAT_MODEL chat gpt-5-mini [7+3 tokens]"


async def test_a_direct_stream_is_one_span(chat_model, the_trace, the_span, plugins):
    async with direct.model_request_stream(chat_model(Reply("hi there", usage=USAGE)), QUESTION) as stream:
        async for _ in stream:
            assert spanloom.get_current_active_span() is None
    assert outline(the_trace()) == "CHAT_MODEL chat gpt-5-mini [7+3 tokens]"
    assert the_span("CHAT_MODEL").outputs == {"messages": [{"role": "assistant", "content": "hi there"}]}


async def test_a_direct_request_that_fails(chat_model, the_span):
    with pytest.raises(ModelHTTPError):
        await direct.model_request(chat_model(ErrorReply(500, "on fire")), QUESTION)
    assert "on fire" in the_span("CHAT_MODEL").status_message


async def test_every_attempt_of_a_fallback_is_there(agent, chat_model, the_trace):
    spanloom.autolog("openai")
    models = FallbackModel(chat_model(ErrorReply(500, "on fire")), chat_model(Reply("hi", usage=USAGE)))
    await agent().run("hi", model=models)
    first, *_ = the_trace().search_spans(span_type="CHAT_MODEL")
    assert first.outputs == {"messages": [{"role": "assistant", "content": "hi"}]}
    assert the_trace().info.token_usage.total_tokens == 10
