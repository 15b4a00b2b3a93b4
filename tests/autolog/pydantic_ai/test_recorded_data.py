"""What the spans say."""

from __future__ import annotations

from typing import Any

import pytest
from inline_snapshot import snapshot
from pydantic import BaseModel
from pydantic_ai import Agent, BinaryContent, Embedder, ImageUrl, ModelRetry, TextOutput, ToolOutput, ToolReturn
from pydantic_ai.embeddings.openai import OpenAIEmbeddingModel
from pydantic_ai.exceptions import CallDeferred

import spanloom
from spanloom.testing import Reply, ToolCall, Usage, outline
from spanloom.tracing import attributes

pytestmark = pytest.mark.anyio

CALL = Reply(tool_calls=[ToolCall("get_weather", '{"city":"Paris"}', id="call_1")], usage=Usage(7, 3))


class Forecast(BaseModel):
    city: str
    degrees: int


def get_weather(city: str) -> str:
    """Tell the weather."""
    return f"sunny in {city}"


async def test_a_model_request_says_everything_that_was_sent(agent, the_trace):
    settings = {"max_tokens": 50, "timeout": 20}
    await agent(CALL, Reply("Sunny."), instructions="Be brief.", tools=[get_weather], model_settings=settings).run(
        "Paris?"
    )
    _, request = the_trace().search_spans(span_type="CHAT_MODEL")
    assert request.inputs == snapshot(
        {
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": "Paris?"},
                {
                    "role": "assistant",
                    "content": None,
                    "tool_calls": [
                        {
                            "id": "call_1",
                            "type": "function",
                            "function": {"name": "get_weather", "arguments": '{"city":"Paris"}'},
                        }
                    ],
                },
                {"role": "tool", "tool_call_id": "call_1", "content": "sunny in Paris"},
            ],
            "model": "gpt-5-mini",
            "max_tokens": 50,
        }
    )
    assert request.outputs == {"messages": [{"role": "assistant", "content": "Sunny."}]}
    assert request.attributes[attributes.PROVIDER] == "openai"
    assert request.attributes[attributes.FINISH_REASONS] == ["stop"]


async def test_a_run_has_the_whole_conversation_and_its_id(agent, the_span, the_trace):
    first = agent(Reply("Hello Ada."))
    spanloom.autolog(disable=True)
    said = await first.run("I am Ada.")
    spanloom.autolog("pydantic_ai")
    await agent(Reply("Ada.")).run("Who am I?", message_history=said.all_messages())
    assert the_span("AGENT").inputs == {
        "messages": [
            {"role": "user", "content": "I am Ada."},
            {"role": "assistant", "content": "Hello Ada."},
            {"role": "user", "content": "Who am I?"},
        ]
    }
    assert the_span("AGENT").outputs == "Ada."
    assert the_trace().info.session_id == said.conversation_id


async def test_images_and_files_are_content_parts(agent, the_span):
    pixel = BinaryContent(data=b"\x89PNG", media_type="image/png")
    await agent().run(["What is this?", ImageUrl(url="https://example.com/cat.png"), pixel])
    (message,) = the_span("CHAT_MODEL").inputs["messages"]
    assert message["content"] == [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "https://example.com/cat.png"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}},
    ]


async def test_reasoning_is_kept(agent, the_span):
    await agent(Reply("4", reasoning="2 and 2", usage=Usage(9, 7, reasoning_tokens=5))).run("2+2?")
    (message,) = the_span("CHAT_MODEL").outputs["messages"]
    assert (message["content"], message["reasoning_content"]) == ("4", "2 and 2")
    assert the_span("CHAT_MODEL").token_usage.reasoning_output_tokens == 5


async def test_structured_output_by_a_tool_is_no_tool_span(agent, the_span, the_trace):
    call = Reply(tool_calls=[ToolCall("final_result", {"city": "Paris", "degrees": 21})], usage=Usage(7, 3))
    await agent(call, output_type=ToolOutput(Forecast)).run("Paris?")
    assert outline(the_trace()) == "AGENT wx\n  CHAT_MODEL chat gpt-5-mini [7+3 tokens]"
    assert the_span("AGENT").outputs == {"city": "Paris", "degrees": 21}
    (definition,) = the_span("CHAT_MODEL").attributes[attributes.TOOL_DEFINITIONS]
    assert definition["function"]["name"] == "final_result"


async def test_a_function_that_makes_the_output_has_a_span(agent, the_span):
    def shout(text: str) -> str:
        with spanloom.start_span("inside"):
            return text.upper()

    await agent(Reply("sunny"), output_type=TextOutput(shout)).run("Paris?")
    parser = the_span("PARSER")
    assert (parser.inputs, parser.outputs) == ("sunny", "SUNNY")
    assert the_span("UNKNOWN").parent_id == parser.span_id


async def test_an_output_tool_with_a_function_is_a_tool_span(agent, the_span):
    def forecast(city: str, degrees: int) -> Forecast:
        """Tell the forecast."""
        return Forecast(city=city, degrees=degrees)

    call = Reply(tool_calls=[ToolCall("final_result", {"city": "Paris", "degrees": 21}, id="call_9")])
    await agent(call, output_type=forecast).run("Paris?")
    tool = the_span("TOOL")
    assert (tool.name, tool.outputs) == ("final_result", {"city": "Paris", "degrees": 21})
    assert tool.attributes[attributes.TOOL_CALL_ID] == "call_9"


async def test_a_tool_that_wants_another_try_has_its_own_exception(agent, the_trace):
    def get_weather(city: str) -> str:
        """Tell the weather."""
        raise ModelRetry(f"which {city}?")

    await agent(CALL, Reply("Sorry.", usage=Usage(9, 1)), tools=[get_weather]).run("Paris?")
    assert outline(the_trace()) == snapshot("""\
AGENT wx
  CHAT_MODEL chat gpt-5-mini [7+3 tokens]
  TOOL get_weather (ERROR: ModelRetry: which Paris?)
  CHAT_MODEL chat gpt-5-mini [9+1 tokens]\
""")
    (tool,) = the_trace().search_spans(span_type="TOOL")
    assert tool.events[0]["attributes"]["exception.type"] == "pydantic_ai.exceptions.ModelRetry"
    assert "raise ModelRetry" in tool.events[0]["attributes"]["exception.stacktrace"]


async def test_a_call_with_wrong_arguments_is_a_failed_tool(agent, the_span):
    wrong = Reply(tool_calls=[ToolCall("get_weather", {"town": "Paris"})])
    await agent(wrong, Reply("Sorry."), tools=[get_weather]).run("Paris?")
    tool = the_span("TOOL")
    assert (tool.inputs, tool.status) == ({"town": "Paris"}, "ERROR")
    assert tool.events[0]["attributes"]["exception.type"].endswith("ValidationError")


async def test_a_call_that_waits_for_somebody_else_is_no_error(agent, the_trace, the_span):
    from pydantic_ai import DeferredToolRequests

    def get_weather(city: str) -> str:
        """Tell the weather."""
        raise CallDeferred

    await agent(CALL, tools=[get_weather], output_type=[str, DeferredToolRequests]).run("Paris?")
    assert [span.status for span in the_trace().data.spans] == ["OK", "OK", "OK"]
    assert the_span("AGENT").outputs["calls"][0]["tool_name"] == "get_weather"


async def test_a_tool_returns_its_value(agent, the_span):
    def get_weather(city: str) -> Any:
        """Tell the weather."""
        return ToolReturn(return_value={"degrees": 21}, content="a picture", metadata={"secret": 1})

    await agent(CALL, Reply("21"), tools=[get_weather]).run("Paris?")
    assert the_span("TOOL").outputs == {"degrees": 21}


def test_usage_is_unknown_where_the_provider_says_nothing():
    from pydantic_ai.messages import ModelResponse
    from pydantic_ai.usage import RequestUsage

    from spanloom_autolog.pydantic_ai.models import token_usage

    assert token_usage(ModelResponse(parts=[]).usage) is None
    assert token_usage(RequestUsage(input_tokens=3)).to_dict() == {
        "input_tokens": 3,
        "output_tokens": 0,
        "total_tokens": 3,
    }


@pytest.mark.parametrize("plugins", [("pydantic_ai",), ("pydantic_ai", "openai")])
async def test_embeddings_are_one_span(provider, the_trace, the_span, plugins):
    spanloom.autolog(*plugins)
    embedder = Embedder(OpenAIEmbeddingModel("text-embedding-3-small", provider=provider()))
    result = await embedder.embed_documents(["one", "two words"])
    assert len(the_trace().data.spans) == 1
    span = the_span("EMBEDDING")
    assert span.inputs == {"input": ["one", "two words"], "input_type": "document"}
    assert span.outputs == {"count": 2, "dimensions": len(result.embeddings[0])}
    assert span.token_usage.input_tokens == result.usage.input_tokens
    assert span.attributes[attributes.REQUEST_MODEL] == "text-embedding-3-small"


async def test_an_agent_without_a_name_is_still_one(chat_model, the_span):
    unnamed = [Agent(chat_model(Reply("hi")))]
    await unnamed[0].run("hi")
    assert the_span("AGENT").name == "agent"
