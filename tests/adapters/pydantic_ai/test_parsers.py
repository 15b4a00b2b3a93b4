"""Reading what somebody else ran."""

from __future__ import annotations

import subprocess
import sys

import pytest
from openai.types.responses import Response
from pydantic import BaseModel
from pydantic_ai import Agent, messages
from pydantic_ai.messages import (
    BinaryImage,
    FilePart,
    ModelResponse,
    NativeToolCallPart,
    NativeToolReturnPart,
    PartDeltaEvent,
    PartEndEvent,
    PartStartEvent,
    TextPart,
    TextPartDelta,
    ThinkingPart,
    ThinkingPartDelta,
)
from pydantic_ai.run import AgentRunResult, AgentRunResultEvent

from spanloom.schemas.reduce import reduce_stream
from spanloom.testing import Reply, ToolCall
from spanloom.testing.grammar import check_events
from spanloom_adapters.pydantic_ai import to_chat_agent, to_responses_events, to_responses_items


def get_weather(city: str) -> str:
    """Tell the weather."""
    return f"sunny in {city}"


class Forecast(BaseModel):
    degrees: int


@pytest.fixture
async def native(server, model):
    agent = Agent(model(), tools=[get_weather], output_type=[str, Forecast])
    yield agent
    await agent.model.client.close()


REPLIES = [
    Reply(tool_calls=[ToolCall("get_weather", {"city": "Paris"}, "c1")]),
    Reply("Sunny.", tool_calls=[ToolCall("final_result", {"degrees": 21})]),
]
KINDS = ["function_call", "function_call_output", "message", "message"]


@pytest.mark.anyio
async def test_a_result_is_items_and_an_answer_of_a_chat_agent(server, native):
    server.script(REPLIES)
    result = await native.run("Paris?")
    items = to_responses_items(result)
    assert [item["type"] for item in items] == KINDS
    assert items[-1]["content"][0]["text"] == '{"degrees": 21}'
    answer = to_chat_agent(result)
    assert [message.role for message in answer.messages] == ["assistant", "tool", "assistant", "assistant"]
    assert answer.custom_outputs == {"structured_response": {"degrees": 21}}
    assert answer.usage is not None


@pytest.mark.anyio
async def test_a_native_stream_is_events(server, native):
    server.script(REPLIES)
    async with native.run_stream_events("Paris?") as stream:
        events = [event async for event in to_responses_events(stream, model="m")]
    check_events(events)
    response = reduce_stream(events)
    assert [item.type for item in response.output] == KINDS
    assert (response.model, response.custom_outputs) == ("m", {"structured_response": {"degrees": 21}})


def read(*events):
    events = list(to_responses_events(iter(events)))
    check_events(events)
    response = reduce_stream(events)
    Response.model_validate(response.model_dump(exclude_none=True))
    return response


def whole(*parts):
    for index, part in enumerate(parts):
        yield PartStartEvent(index=index, part=part)
        yield PartEndEvent(index=index, part=part)


def test_a_result_that_nobody_streamed_is_said():
    response = read(AgentRunResultEvent(AgentRunResult("from the cache")))
    assert (response.output_text, response.usage) == ("from the cache", None)


def test_thoughts_of_one_id_are_paragraphs_of_one_item():
    parts = [ThinkingPart(text, id="rs_1", provider_name="openai") for text in ("First.", "Second.")]
    parts[0].signature = "sealed"
    response = read(*whole(*parts, TextPart("Done.")))
    thought, message = response.output
    assert (thought.id, thought.encrypted_content) == ("rs_1", "sealed")
    assert [part.text for part in thought.summary] == ["First.", "Second."]
    assert message.content[0].text == "Done."


def test_a_model_may_think_while_it_speaks():
    response = read(
        PartStartEvent(index=0, part=ThinkingPart("Hm")),
        PartStartEvent(index=1, part=TextPart("Yes")),
        PartDeltaEvent(index=0, delta=ThinkingPartDelta(content_delta=", well.")),
        PartDeltaEvent(index=1, delta=TextPartDelta(", no.")),
    )
    assert response.output_text == "Yes, no."
    assert "".join(item.summary[0].text for item in response.output if item.type == "reasoning") == "Hm, well."


TOOLS = {
    "web_search": ({"query": "weather"}, [{"title": "x"}], {"type": "search", "query": "weather"}),
    "mcp_server:files": (
        {"action": "call_tool", "tool_name": "list", "tool_args": {"path": "/"}},
        {"output": "a b", "error": None},
        "a b",
    ),
    "code_execution": ({"code": "1+1"}, {"stdout": "2"}, [{"type": "logs", "logs": "2"}]),
    "file_search": ({"queries": ["x"]}, {"results": []}, ["x"]),
}


@pytest.mark.parametrize("name", TOOLS)
def test_calls_of_hosted_tools_are_items_of_openais_types(name):
    arguments, content, expected = TOOLS[name]
    call = NativeToolCallPart(name, arguments, "ws_1")
    response = read(
        *whole(TextPart("Let me see."), call, NativeToolReturnPart(name, content, "ws_1"), TextPart("Done."))
    )
    first, item, last = response.output
    assert (first.content[0].text, last.content[0].text) == ("Let me see.", "Done.")
    assert item.id == "ws_1"
    assert expected in item.model_dump().values()


def test_other_hosted_tools_and_pictures_are_items_too():
    call = NativeToolCallPart("memory", {"command": "view"}, "m_1")
    picture = FilePart(BinaryImage(b"png", media_type="image/png"))
    events = list(to_responses_events(whole(call, NativeToolReturnPart("memory", "empty", "m_1"), picture)))
    items = events[-1].response["output"]
    assert [(item["type"], item.get("output"), item.get("result")) for item in items] == [
        ("memory_call", "empty", None),
        ("image_generation_call", None, "cG5n"),
    ]


def test_citations_are_annotations_and_sources():
    if not hasattr(messages, "Citation"):
        pytest.skip("this version has no citations")
    web = messages.WebCitationSource("https://example.com", title="Example")
    file = messages.DocumentCitationSource(document_id="file-1", title="a.pdf")
    anchored = messages.Citation([web], anchor=messages.ContentCitationAnchor(start=0, end=5))
    response = read(
        PartStartEvent(index=0, part=TextPart("I say: ")),
        PartStartEvent(index=1, part=TextPart("sunny", citations=[messages.Citation([file])])),
        PartEndEvent(index=1, part=TextPart("sunny", citations=[messages.Citation([file])])),
        # Some providers tell as late as that.
        PartDeltaEvent(index=1, delta=TextPartDelta("", citations_delta=[anchored, messages.Citation([file])])),
    )
    (part,) = response.output[0].content
    assert part.text == "I say: sunny"
    assert [annotation.model_dump() for annotation in part.annotations] == [
        {
            "type": "url_citation",
            "url": "https://example.com",
            "title": "Example",
            "start_index": 7,
            "end_index": 12,
        },
        {"type": "file_citation", "file_id": "file-1", "filename": "a.pdf", "index": 12},
    ]
    assert [node["sources"][0]["kind"] for node in response.custom_outputs["source_nodes"]] == ["web", "document"]


def test_messages_alone_are_items_too():
    assert to_responses_items([ModelResponse([TextPart("hi")])])[0]["content"][0]["text"] == "hi"


def test_the_package_is_imported_without_the_framework():
    script = "import sys, spanloom_adapters.pydantic_ai; print('pydantic_ai' in sys.modules)"
    out = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"
