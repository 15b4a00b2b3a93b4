"""The viewer's pages, in a real browser."""

from __future__ import annotations

import re
import threading

from browsing import expect, width

import spanloom


def names(page):
    return page.locator("#traces td.name")


def test_the_list_shows_and_searches_traces(page, viewer, run_agent):
    run_agent()
    with spanloom.start_span("other"):
        pass
    page.goto(viewer.url)
    expect(names(page)).to_have_text(["other", "weather_agent"])
    expect(page.locator("#traces tr", has_text="weather_agent")).to_contain_text("1,443")
    expect(page.locator("#traces td.asked").nth(1)).to_have_text("Weather in Paris?")
    page.locator("#search").fill("tags.env = 'prod'")
    expect(names(page)).to_have_text(["weather_agent"])
    page.reload()
    expect(names(page)).to_have_text(["weather_agent"])


def test_a_mistake_in_the_search_is_readable(page, viewer, run_agent, complaints):
    run_agent()
    page.goto(viewer.url)
    page.locator("#search").fill("stats = 'ERROR'")
    expect(page.locator("#problem")).to_contain_text("did you mean status")
    assert all("400" in each for each in complaints)
    page.locator("#search").fill("status = 'OK'")
    expect(page.locator("#problem")).to_be_hidden()
    expect(names(page)).to_have_text(["weather_agent"])
    complaints.clear()


def test_new_traces_appear_by_themselves(page, viewer, run_agent):
    page.goto(viewer.url)
    expect(page.locator("#empty")).to_contain_text("No traces yet")
    run_agent()
    expect(names(page)).to_have_text(["weather_agent"])
    expect(page.locator("#empty")).to_be_hidden()


def test_older_traces_are_a_page_away(page, viewer):
    for number in range(60):
        with spanloom.start_span(f"job {number}"):
            pass
    page.goto(viewer.url)
    expect(names(page)).to_have_count(50)
    page.locator("#older").click()
    expect(names(page)).to_have_count(60)
    expect(names(page).last).to_have_text("job 0")
    expect(page.locator("#older")).to_be_hidden()


def test_the_keyboard_is_enough(page, viewer, run_agent):
    run_agent()
    with spanloom.start_span("newer"):
        pass
    page.goto(viewer.url)
    expect(names(page)).to_have_text(["newer", "weather_agent"])
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    for key in ("Escape", "j", "j", "Enter"):
        page.keyboard.press(key)
    expect(page.locator(".span[aria-current]")).to_contain_text("weather_agent")
    page.keyboard.press("j")
    expect(page.locator(".detail h3")).to_have_text("chat gpt-5")
    page.keyboard.press("k")
    expect(page.locator(".detail h3")).to_have_text("weather_agent")
    page.keyboard.press("Escape")
    expect(names(page)).to_have_text(["newer", "weather_agent"])


def test_a_trace_shows_its_tree_and_what_each_span_did(page, viewer, run_agent):
    page.goto(f"{viewer.url}/traces/{run_agent()}")
    expect(page.locator(".span b")).to_have_text(["weather_agent", "chat gpt-5", "forecast"])
    expect(page.locator("dl")).to_have_text(re.compile("^Statusok.*1,412 → 31"))
    page.locator(".span", has_text="chat gpt-5").click()
    expect(page.locator(".detail > .facts").first).to_contain_text("gpt-5 · 1,412 → 31 tokens · $0.00120")
    expect(page.locator(".message[data-role=user]")).to_contain_text("Weather in Paris?")
    answer = page.locator(".message[data-role=assistant]")
    expect(answer).to_contain_text("calls forecast call_1")
    expect(answer).to_contain_text('"days": 3')
    answer.get_by_text("Reasoning").click()
    expect(answer.get_by_text("I need the tool.")).to_be_visible()
    page.locator(".span", has_text="forecast").click()
    expect(page.locator(".detail > .error")).to_have_text("ValueError: no forecast for 3 days")
    page.locator(".detail summary", has_text="Exception").click()
    expect(page.locator(".detail").get_by_text("Traceback")).to_be_visible()


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
        page.goto(f"{viewer.url}/?filter=status%20%3D%20%27IN_PROGRESS%27")
        page.locator("#traces a", has_text="agent").click()
        expect(page.locator("dl")).to_contain_text("in progress")
        expect(page.locator(".span b")).to_have_text(["first"])
        go_on.set()
        expect(page.locator(".span b")).to_have_text(["agent", "first"])
        expect(page.locator("dd").first).to_have_text("ok")
    finally:
        go_on.set()
        thread.join()


def test_feedback_is_kept_and_shown(page, viewer, run_agent):
    trace_id = run_agent()
    page.goto(f"{viewer.url}/traces/{trace_id}")
    page.locator("#feedback").get_by_role("button", name="Bad").click()
    page.locator("#feedback input").fill("wrong city")
    page.keyboard.press("Enter")
    expect(page.locator(".assessments li")).to_contain_text("wrong city")
    page.locator(".span", has_text="forecast").click()
    page.locator(".detail .feedback").get_by_role("button", name="Good").click()
    page.locator(".detail .feedback").get_by_role("button", name="Store").click()
    expect(page.locator(".assessments li").nth(1)).to_contain_text("span ")
    trace = spanloom.get_trace(trace_id)
    [forecast] = trace.search_spans(name="forecast")
    assert [(each.value, each.rationale, each.span_id) for each in trace.info.assessments] == [
        (False, "wrong city", None),
        (True, None, forecast.span_id),
    ]
    expect(page.locator(".detail h3")).to_have_text("forecast")


def test_a_session_reads_as_a_conversation(page, viewer, run_agent):
    trace_id = run_agent()
    run_agent()
    run_agent("another")
    page.goto(f"{viewer.url}/traces/{trace_id}")
    page.locator("dd a", has_text="chat 1/a").click()
    expect(page.locator("h1")).to_have_text("Session chat 1/a")
    expect(page.locator("#turns .question")).to_have_text(["Weather in Paris?"] * 2)
    expect(page.locator("#turns .answer").first).to_have_text("Sorry: no forecast for 3 days")
    run_agent()
    expect(page.locator("#turns li")).to_have_count(3)
    page.locator("#turns a").first.click()
    expect(page.locator(".span b").first).to_have_text("weather_agent")


def test_it_fits_a_phone(page, viewer, run_agent):
    trace_id = run_agent("x" * 200)
    page.set_viewport_size({"width": 380, "height": 760})
    for path in ("/", f"/traces/{trace_id}", f"/compare/{trace_id}/{trace_id}", f"/sessions/{'x' * 200}"):
        page.goto(viewer.url + path)
        expect(page.locator("main")).to_contain_text("weather_agent")
        assert width(page) <= 380
