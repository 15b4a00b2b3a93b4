"""Conversations as a chat, in whichever shape they were recorded."""

from __future__ import annotations

import pytest
from browsing import expect

import spanloom
from spanloom import SpanType
from spanloom.viewer.static_page import static_page

ASKED = {"role": "user", "content": "Weather in Paris?"}
ANSWERED = {"role": "assistant", "content": "Sunny."}
COMPLETION = {"choices": [{"index": 0, "finish_reason": "stop", "message": ANSWERED}]}
GEMINI = (
    {"contents": [{"role": "user", "parts": [{"text": "Weather in Paris?"}]}]},
    {"candidates": [{"content": {"role": "model", "parts": [{"text": "Sunny."}]}}]},
)
LANGCHAIN = (
    [[{"type": "human", "content": "Weather in Paris?"}]],
    {"generations": [[{"text": "Sunny.", "message": {"type": "ai", "content": "Sunny."}}]]},
)


def record(inputs: object, outputs: object) -> spanloom.Trace:
    with spanloom.start_span("chat", SpanType.CHAT_MODEL) as span:
        span.set_inputs(inputs)
        span.set_outputs(outputs)
    trace = spanloom.get_trace(span.trace_id)
    assert trace is not None
    return trace


@pytest.mark.parametrize(
    ("inputs", "outputs"),
    [({"messages": [ASKED]}, COMPLETION), GEMINI, LANGCHAIN],
    ids=["chat completion", "Gemini", "LangChain"],
)
def test_requests_and_responses_are_read_as_a_chat(page, viewer, inputs, outputs):
    page.goto(f"{viewer.url}/traces/{record(inputs, outputs).info.trace_id}")
    expect(page.locator(".message")).to_have_count(2)
    expect(page.locator(".message .text")).to_have_text(["Weather in Paris?", "Sunny."])


@pytest.mark.parametrize(
    ("odd", "shown"),
    [(None, "null"), ({"content": "no role"}, "no role"), ({"type": "web_search_call", "id": "ws_1"}, "ws_1")],
)
def test_what_is_no_message_stands_among_those_that_are(page, viewer, odd, shown):
    page.goto(f"{viewer.url}/traces/{record({'messages': [ASKED, odd]}, COMPLETION).info.trace_id}")
    expect(page.locator(".message .text")).to_have_text(["Weather in Paris?", "Sunny."])
    expect(page.locator(".message pre")).to_contain_text(shown)


def test_a_list_without_a_message_is_shown_as_json(page, viewer):
    page.goto(f"{viewer.url}/traces/{record({'input': [{'city': 'Paris'}]}, [None]).info.trace_id}")
    expect(page.locator(".detail h3")).to_have_text("chat")
    expect(page.locator(".message")).to_have_count(0)


def test_an_image_that_was_cut_is_told(page, viewer, tmp_path):
    url = f"data:image/png;base64,{'iVBORw0KGgoA' * 40_000}"
    trace = record({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": url}}]}]}, "")
    file = tmp_path / "trace.html"
    file.write_text(static_page(trace), encoding="utf-8")
    for address in (f"{viewer.url}/traces/{trace.info.trace_id}", file.as_uri()):
        page.goto(address)
        expect(page.locator(".message")).to_contain_text("Image cut: it had about 360,000 bytes")
        expect(page.locator(".message img")).to_have_count(0)


PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
ANTHROPIC = [
    {
        "role": "user",
        "content": [
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}},
            {"type": "tool_result", "tool_use_id": "toolu_1", "content": [{"type": "text", "text": "Sunny."}]},
        ],
    },
    {
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": "I need the tool.", "signature": "abc"},
            {"type": "tool_use", "id": "toolu_2", "name": "forecast", "input": {"days": 3}},
        ],
    },
]
INLINE = {"contents": [{"role": "user", "parts": [{"inlineData": {"mimeType": "image/png", "data": PIXEL}}]}]}


def test_content_blocks_of_anthropic_and_images_of_gemini_are_read(page, viewer):
    trace = record({"messages": ANTHROPIC}, INLINE)
    page.goto(f"{viewer.url}/traces/{trace.info.trace_id}")
    expect(page.locator(".message img")).to_have_count(2)
    asked = page.locator(".message").first
    expect(asked).to_contain_text("result of toolu_1")
    expect(asked.locator(".text")).to_have_text("Sunny.")
    answer = page.locator(".message[data-role=assistant]")
    answer.get_by_text("Reasoning").click()
    expect(answer.get_by_text("I need the tool.", exact=True)).to_be_visible()
    expect(answer).to_contain_text("calls forecast toolu_2")
