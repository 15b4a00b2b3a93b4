"""The viewer's pages, in a real browser."""

from __future__ import annotations

import threading

import browsing
from browsing import Page
from selenium.webdriver.common.keys import Keys

import spanloom

pytestmark = browsing.needs_browser


def names(page: Page) -> list[str]:
    return [cell.text for cell in page.all("#traces td.name")]


def press(page: Page, *keys: str) -> None:
    page.browser.switch_to.active_element.send_keys(*keys)


def test_the_list_shows_and_searches_traces(page, viewer, run_agent):
    run_agent()
    with spanloom.start_span("other"):
        pass
    page.open(viewer.url)
    page.find("#traces td", "1,443")
    assert names(page) == ["other", "weather_agent"]
    page.find("#traces td.asked", "Weather in Paris?")
    page.find("#search").send_keys("tags.env = 'prod'")
    page.wait(lambda: names(page) == ["weather_agent"], "filtered list")
    page.browser.refresh()
    page.wait(lambda: names(page) == ["weather_agent"], "filter that outlives a reload")


def test_a_mistake_in_the_search_is_readable(page, viewer, run_agent):
    run_agent()
    page.open(viewer.url)
    page.find("#search").send_keys("stats = 'ERROR'")
    page.find("#problem", "did you mean status")
    assert all("400" in each for each in page.complaints())
    page.find("#search").send_keys(Keys.CONTROL, "a")
    page.find("#search").send_keys("status = 'OK'")
    page.wait(lambda: not page.all("#problem")[0].is_displayed() and names(page), "list after the mistake")
    page.complaints()  # what was typed half is refused, too


def test_new_traces_appear_by_themselves(page, viewer, run_agent):
    page.open(viewer.url)
    page.find("#empty", "No traces yet")
    run_agent()
    page.find("#traces td.name", "weather_agent")
    assert not page.all("#empty")[0].is_displayed()


def test_older_traces_are_a_page_away(page, viewer):
    for number in range(60):
        with spanloom.start_span(f"job {number}"):
            pass
    page.open(viewer.url)
    page.wait(lambda: len(names(page)) == 50, "first page")
    page.find("#older").click()
    page.wait(lambda: len(names(page)) == 60, "second page")
    assert names(page)[-1] == "job 0"
    assert not page.all("#older")[0].is_displayed()


def test_the_keyboard_is_enough(page, viewer, run_agent):
    run_agent()
    with spanloom.start_span("newer"):
        pass
    page.open(viewer.url)
    page.find("#traces td.name", "weather_agent")
    press(page, "/")
    assert page.browser.switch_to.active_element.get_attribute("id") == "search"
    press(page, Keys.ESCAPE)
    press(page, "j")
    press(page, "j")
    press(page, Keys.ENTER)
    page.find(".span[aria-current]", "weather_agent")
    press(page, "j")
    page.find(".detail h3", "chat gpt-5")
    press(page, "k")
    page.find(".detail h3", "weather_agent")
    press(page, Keys.ESCAPE)
    page.find("#traces td.name", "newer")


def test_a_trace_shows_its_tree_and_what_each_span_did(page, viewer, run_agent):
    page.open(f"{viewer.url}/traces/{run_agent()}")
    page.find(".span", "weather_agent")
    assert [name.text for name in page.all(".span b")] == ["weather_agent", "chat gpt-5", "forecast"]
    assert page.find("dl", "1,412 → 31").text.startswith("Status\nok")
    page.find(".span", "chat gpt-5").click()
    page.find(".facts", "gpt-5 · 1,412 → 31 tokens · $0.00120")
    page.find(".message[data-role=user]", "Weather in Paris?")
    answer = page.find(".message[data-role=assistant]", "calls forecast call_1")
    assert '"days": 3' in answer.text
    page.find(".message summary", "Reasoning").click()
    page.find(".message .text", "I need the tool.")
    page.find(".span", "forecast").click()
    page.find(".detail .error", "ValueError: no forecast for 3 days")
    page.find(".detail summary", "Exception").click()
    page.find(".detail details[open]", "Traceback")


def test_a_running_trace_grows_on_the_page(page, viewer):
    go_on = threading.Event()

    def work() -> None:
        with spanloom.start_span("agent"):
            with spanloom.start_span("first"):
                pass
            go_on.wait(20)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        page.open(f"{viewer.url}/?filter=status%20%3D%20%27IN_PROGRESS%27")
        page.find("#traces td.name", "agent").click()
        page.find("dl", "in progress")
        assert [name.text for name in page.all(".span b")] == ["first"]
        go_on.set()
        page.find(".span", "agent")
        page.find("dl", "ok")
    finally:
        go_on.set()
        thread.join()


def test_feedback_is_kept_and_shown(page, viewer, run_agent):
    trace_id = run_agent()
    page.open(f"{viewer.url}/traces/{trace_id}")
    page.find("#feedback button", "Bad").click()
    page.find("#feedback input").send_keys("wrong city", Keys.ENTER)
    page.find(".assessments li", "wrong city")
    page.find(".span", "forecast").click()
    page.find(".detail .feedback button", "Good").click()
    page.find(".detail .feedback button", "Store").click()
    page.find(".assessments li", "span ")
    said = spanloom.get_trace(trace_id).info.assessments
    forecast = spanloom.get_trace(trace_id).search_spans(name="forecast")[0]
    assert [(each.value, each.rationale, each.span_id) for each in said] == [
        (False, "wrong city", None),
        (True, None, forecast.span_id),
    ]
    page.find(".detail h3", "forecast")


def test_a_session_reads_as_a_conversation(page, viewer, run_agent):
    trace_id = run_agent()
    run_agent()
    run_agent("another")
    page.open(f"{viewer.url}/traces/{trace_id}")
    page.find("dd a", "chat 1/a").click()
    page.find("h1", "Session chat 1/a")
    page.wait(lambda: len(page.all("#turns li")) == 2, "two turns")
    assert page.find("#turns .question").text == "Weather in Paris?"
    assert page.find("#turns .answer").text == "Sorry: no forecast for 3 days"
    run_agent()
    page.wait(lambda: len(page.all("#turns li")) == 3, "turn that came meanwhile")
    page.find("#turns a", "weather_agent").click()
    page.find(".span", "weather_agent")


def test_it_fits_a_phone(page, viewer, run_agent):
    trace_id = run_agent("x" * 200)
    with page.narrow():
        for path in ("/", f"/traces/{trace_id}", f"/sessions/{'x' * 200}"):
            page.open(viewer.url + path)
            page.find("main", "weather_agent")
            assert page.width() <= 380
