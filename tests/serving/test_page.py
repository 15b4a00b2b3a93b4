"""The chat page, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from browsing import expect, width
from served_agents import Waits

import spanloom


@spanloom.trace(span_type=spanloom.SpanType.TOOL)
def get_weather(city: str) -> str:
    return f"sunny in {city}"


def weather(messages: list[dict[str, Any]]) -> Iterator[Any]:
    yield {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "Where is it?"}]}
    yield {"type": "function_call", "call_id": "call_1", "name": "get_weather", "arguments": '{"city": "Paris"}'}
    yield {"type": "function_call_output", "call_id": "call_1", "output": get_weather("Paris")}
    yield f"Message {len(messages)}: "
    yield "<b>sunny</b>"


def broken(_text: str) -> str:
    raise RuntimeError("secret of the agent")


def careful(items: list[dict[str, Any]]) -> Any:
    if items[-1]["type"] == "mcp_approval_response":
        return "deleted" if items[-1]["approve"] else "kept"
    refusal = {"type": "refusal", "refusal": "I can't do this alone."}
    question = {"type": "mcp_approval_request", "id": "mcpr_1", "name": "delete_file", "server_label": "disk"}
    return [
        {"type": "message", "role": "assistant", "content": [refusal]},
        {**question, "arguments": '{"path": "report.txt"}'},
    ]


def say(page, text):
    page.locator("#message").fill(text)
    page.locator("#message").press("Enter")


def answer(page, number):
    """Return the answer of this number (from 1), once it has ended."""
    expect(page.locator(".answer[aria-busy=false]")).to_have_count(number)
    return page.locator(".answer").nth(number - 1)


def show_trace(page):
    page.locator(".answer footer").get_by_role("button", name="Trace").last.click()
    expect(page.locator("#trace .span").first).to_be_visible()


def test_an_answer_streams_in(page, serve):
    agent = Waits()
    page.goto(serve({"patient": agent.run}).url)
    say(page, "hi")
    expect(page.locator(".answer[aria-busy=true]")).to_contain_text("waiting for hi")
    expect(page.locator(".answer")).not_to_contain_text("released")
    agent.release.set()
    expect(answer(page, 1)).to_contain_text("waiting for hi released")
    expect(page.locator("h1")).to_have_text("patient")


def test_the_conversation_continues_until_a_new_one_begins(page, serve):
    page.goto(serve({"weather": weather}).url)
    say(page, "hi")
    first = answer(page, 1)
    expect(first).to_contain_text("Message 1: <b>sunny</b>")
    folded = first.locator("details")
    expect(folded.locator("summary")).to_have_text(["Reasoning", 'Tool get_weather {"city": "Paris"}'])
    folded.nth(1).locator("summary").click()
    expect(folded.nth(1).get_by_text("sunny in Paris")).to_be_visible()
    message = page.locator("#message")
    message.fill("two")
    message.press("Shift+Enter")
    message.press_sequentially("lines")
    message.press("Enter")
    expect(answer(page, 2)).to_contain_text("Message ")
    expect(answer(page, 2)).not_to_contain_text("Message 1:")
    assert page.locator(".question").nth(1).inner_text() == "two\nlines"
    page.locator("#new").click()
    expect(page.locator(".answer")).to_have_count(0)
    say(page, "again")
    expect(answer(page, 1)).to_contain_text("Message 1:")


def test_the_trace_of_an_answer(page, serve):
    page.goto(serve({"weather": weather}).url)
    say(page, "hi")
    expect(answer(page, 1)).to_contain_text("sunny")
    show_trace(page)
    expect(page.locator("#trace .span b")).to_have_text(["weather", "get_weather"])
    expect(page.locator("#trace dd").first).to_have_text("ok")
    page.locator("#trace .span", has_text="get_weather").click()
    expect(page.locator("#trace details[open]", has_text="Inputs")).to_contain_text('"city": "Paris"')
    expect(page.locator("#trace .detail")).to_contain_text("sunny in Paris")
    page.locator("#trace .span[aria-current]").press("Escape")
    expect(page.locator("#trace")).to_be_hidden()
    expect(page.get_by_role("button", name="Trace")).to_be_focused()


def test_stop_ends_the_run(page, serve):
    agent = Waits()
    page.goto(serve({"patient": agent.run}).url)
    say(page, "hi")
    expect(page.locator(".answer")).to_contain_text("waiting for hi")
    page.locator("#stop").click()
    expect(answer(page, 1)).to_contain_text("Stopped.")
    assert agent.ended.wait(20)
    show_trace(page)
    expect(page.locator("#trace .span").first).to_contain_text("CANCELLED")
    agent.release.set()
    say(page, "and now?")
    expect(answer(page, 2)).to_contain_text("waiting for and now? released")


def test_an_error_is_readable_and_its_trace_tells_why(page, serve):
    page.goto(serve({"broken": broken}).url)
    say(page, "hi")
    expect(answer(page, 1)).to_contain_text("the agent failed")
    expect(answer(page, 1)).not_to_contain_text("secret")
    show_trace(page)
    expect(page.locator("#trace .detail .error")).to_have_text("RuntimeError: secret of the agent")
    page.locator("#trace summary", has_text="Exception").click()
    expect(page.locator("#trace").get_by_text("Traceback")).to_be_visible()


def test_a_call_waits_for_approval(page, serve):
    page.goto(serve({"careful": careful}).url)
    for number, (choice, outcome) in enumerate((("Approve", "deleted"), ("Reject", "kept"))):
        say(page, "delete the report")
        asked = answer(page, 2 * number + 1)
        expect(asked).to_contain_text("Call delete_file of disk?")
        expect(asked.locator(".refusal")).to_have_text("I can't do this alone.")
        expect(asked).to_contain_text('"path": "report.txt"')
        asked.locator(".approval").get_by_role("button", name=choice).click()
        expect(answer(page, 2 * number + 2)).to_contain_text(outcome)


def test_one_of_several_agents_is_picked(page, serve):
    page.goto(serve({"broken": broken, "weather": weather}).url)
    page.locator("#agents").select_option("weather")
    expect(page.locator(".welcome")).to_contain_text("Talk to weather")
    say(page, "hi")
    expect(answer(page, 1)).to_contain_text("sunny")


def test_an_api_key_is_asked_for_once(page, serve, complaints):
    page.goto(serve({"weather": weather}, api_keys=["right"]).url)
    page.locator("#key-value").fill("wrong")
    page.locator("#key-value").press("Enter")
    expect(page.locator("#key-problem")).to_contain_text("did not accept")
    page.locator("#key-value").fill("right")
    page.locator("#key-value").press("Enter")
    expect(page.locator(".welcome")).to_be_visible()
    say(page, "hi")
    expect(answer(page, 1)).to_contain_text("sunny")
    show_trace(page)
    page.reload()
    expect(page.locator(".welcome")).to_be_visible()
    assert len(complaints) == 2  # without a key, and with the wrong one
    assert all("401" in each for each in complaints)
    complaints.clear()


def test_it_fits_a_phone(page, serve):
    page.set_viewport_size({"width": 380, "height": 760})
    page.goto(serve({"weather": weather}).url)
    say(page, "x" * 200)
    expect(answer(page, 1)).to_contain_text("sunny")
    assert width(page) == 380
    show_trace(page)
    box = page.locator("#trace").bounding_box()
    assert box is not None
    assert box["width"] == 380
    assert width(page) == 380


def test_nothing_but_its_own_files_may_run_on_the_page(serve):
    answer = serve({"weather": weather}).http.get("/")
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
