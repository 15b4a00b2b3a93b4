"""The chat page, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import browsing
import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select
from served_agents import Waits

import spanloom

pytestmark = browsing.needs_browser


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


class Page(browsing.Page):
    """The chat page as a person uses it."""

    def say(self, text: str) -> None:
        self.find("#message").send_keys(text, Keys.ENTER)

    def answer(self, number: int, text: str) -> WebElement:
        """Wait until the answer of this number (from 1) has ended with this text."""
        self.wait(lambda: len(self.all(".answer[aria-busy=false]")) >= number, f"answer {number}")
        answer = self.all(".answer")[number - 1]
        assert text in answer.text
        return answer

    def show_trace(self) -> None:
        self.find(".answer footer button", "Trace").click()
        self.find("#trace .span")


@pytest.fixture(scope="module")
def browser():
    with browsing.open_browser() as browser:
        yield browser


@pytest.fixture
def page(browser) -> Iterator[Page]:
    """A page; whatever the browser complains about (script errors, policy violations) fails the test."""
    page = Page(browser)
    yield page
    assert page.complaints() == []
    browser.get("about:blank")


def test_an_answer_streams_in(page: Page, serve):
    agent = Waits()
    page.open(serve({"patient": agent.run}).url)
    page.say("hi")
    page.find(".answer[aria-busy=true]", "waiting for hi")
    assert "released" not in page.find(".answer").text
    agent.release.set()
    page.answer(1, "waiting for hi released")
    assert page.find("h1").text == "patient"


def test_the_conversation_continues_until_a_new_one_begins(page: Page, serve):
    page.open(serve({"weather": weather}).url)
    page.say("hi")
    first = page.answer(1, "Message 1: <b>sunny</b>")
    folded = first.find_elements(By.CSS_SELECTOR, "details")
    assert [each.text for each in folded] == ["Reasoning", 'Tool get_weather {"city": "Paris"}']
    folded[1].find_element(By.CSS_SELECTOR, "summary").click()
    assert "sunny in Paris" in folded[1].text
    page.find("#message").send_keys("two", Keys.SHIFT, Keys.ENTER, Keys.NULL, "lines", Keys.ENTER)
    second = page.answer(2, "Message ")
    assert "Message 1:" not in second.text
    assert page.all(".question")[1].text == "two\nlines"
    page.find("#new").click()
    assert page.all(".answer") == []
    page.say("again")
    page.answer(1, "Message 1:")


def test_the_trace_of_an_answer(page: Page, serve):
    page.open(serve({"weather": weather}).url)
    page.say("hi")
    page.answer(1, "sunny")
    page.show_trace()
    assert [name.text for name in page.all("#trace .span b")] == ["weather", "get_weather"]
    assert page.find("#trace dl", "ok").text.startswith("Status")
    page.find("#trace .span", "get_weather").click()
    assert '"city": "Paris"' in page.find("#trace details[open]", "Inputs").text
    assert page.find("#trace .detail", "sunny in Paris").text.startswith("get_weather\nTOOL")
    page.find("#trace .span[aria-current]").send_keys(Keys.ESCAPE)
    assert not page.all("#trace")[0].is_displayed()
    assert page.browser.switch_to.active_element.text == "Trace"


def test_stop_ends_the_run(page: Page, serve):
    agent = Waits()
    page.open(serve({"patient": agent.run}).url)
    page.say("hi")
    page.find(".answer", "waiting for hi")
    page.find("#stop").click()
    page.answer(1, "Stopped.")
    assert agent.ended.wait(20)
    page.show_trace()
    page.find("#trace .span", "CANCELLED")
    agent.release.set()
    page.say("and now?")
    page.answer(2, "waiting for and now? released")


def test_an_error_is_readable_and_its_trace_tells_why(page: Page, serve):
    page.open(serve({"broken": broken}).url)
    page.say("hi")
    answer = page.answer(1, "the agent failed")
    assert "secret" not in answer.text
    page.show_trace()
    page.find("#trace .detail", "RuntimeError: secret of the agent")
    page.find("#trace summary", "Exception").click()
    page.find("#trace details[open]", "Traceback")


def test_a_call_waits_for_approval(page: Page, serve):
    page.open(serve({"careful": careful}).url)
    for number, (choice, outcome) in enumerate((("Approve", "deleted"), ("Reject", "kept"))):
        page.say("delete the report")
        asked = page.answer(2 * number + 1, "Call delete_file of disk?")
        assert asked.find_element(By.CSS_SELECTOR, ".refusal").text == "I can't do this alone."
        assert '"path": "report.txt"' in asked.text
        page.find(".approval:enabled button", choice).click()
        page.answer(2 * number + 2, outcome)


def test_one_of_several_agents_is_picked(page: Page, serve):
    page.open(serve({"broken": broken, "weather": weather}).url)
    Select(page.find("#agents")).select_by_visible_text("weather")
    page.find(".welcome", "Talk to weather")
    page.say("hi")
    page.answer(1, "sunny")


def test_an_api_key_is_asked_for_once(page: Page, serve):
    url = serve({"weather": weather}, api_keys=["right"]).url
    page.open(url)
    page.find("#key-value").send_keys("wrong", Keys.ENTER)
    page.find("#key-problem", "did not accept")
    page.find("#key-value").send_keys("right", Keys.ENTER)
    page.find(".welcome")
    page.say("hi")
    page.answer(1, "sunny")
    page.show_trace()
    page.browser.refresh()
    page.find(".welcome")
    refused = page.complaints()
    assert len(refused) == 2  # without a key, and with the wrong one
    assert all("401" in each for each in refused)


def test_it_fits_a_phone(page: Page, serve):
    with page.narrow():
        page.open(serve({"weather": weather}).url)
        page.say("x" * 200)
        page.answer(1, "sunny")
        assert page.width() == 380
        page.show_trace()
        assert page.find("#trace").rect["width"] == 380
        assert page.width() == 380


def test_nothing_but_its_own_files_may_run_on_the_page(serve):
    answer = serve({"weather": weather}).http.get("/")
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
