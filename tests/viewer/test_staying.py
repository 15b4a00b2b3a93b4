"""What somebody searched, opened or said stays until they change it."""

from __future__ import annotations

import threading

import pytest
from browsing import expect

import spanloom


@pytest.mark.parametrize("path", ["/", "/runs", "/prompts", "/charts"])
def test_esc_leaves_the_search_box_and_keeps_the_search(page, viewer, path):
    page.goto(f"{viewer.url}{path}?filter=name+%3D+%27a%27")
    page.keyboard.press("/")
    expect(page.locator("#search")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#search")).not_to_be_focused()
    expect(page.locator("#search")).to_have_value("name = 'a'")
    assert "filter=" in page.url


def test_esc_leads_back_to_the_search(page, viewer, run_agent, train):
    run_agent()
    train("first", 0.1)
    for path, query, link, heading in (
        ("/", "name = 'weather_agent'", "#traces a", "weather_agent"),
        ("/runs", "tags.team = 'a'", "#runs td.name > a", "first"),
    ):
        page.goto(viewer.url + path)
        page.locator("#search").fill(query)
        page.keyboard.press("Enter")
        page.wait_for_url("**filter=**")
        page.locator(link, has_text=heading).first.click()
        expect(page.locator("h1")).to_have_text(heading)
        page.keyboard.press("Escape")
        expect(page.locator("#search")).to_have_value(query)


def test_what_is_unfolded_stays_while_a_trace_grows(page, viewer):
    go_on = threading.Event()

    def work() -> None:
        with spanloom.start_span("agent"):
            with spanloom.start_span("first") as span:
                span.set_inputs({"messages": [{"role": "user", "content": "Hello"}]})
            go_on.wait(20)
            with spanloom.start_span("second"):
                pass

    thread = threading.Thread(target=work)
    thread.start()
    try:
        page.goto(f"{viewer.url}/?filter=status%20%3D%20%27IN_PROGRESS%27")
        page.locator("#traces a", has_text="agent").click()
        page.locator(".detail summary", has_text="JSON").click()
        expect(page.locator(".detail summary", has_text="JSON")).to_be_focused()
        go_on.set()
        expect(page.locator(".span b")).to_have_text(["agent", "first", "second"])
        expect(page.locator(".detail summary", has_text="JSON")).to_be_focused()
        expect(page.locator(".detail pre", has_text='"role"')).to_be_visible()
    finally:
        go_on.set()
        thread.join()


def test_feedback_can_be_changed_and_withdrawn(page, viewer, run_agent):
    trace_id = run_agent()

    def said():
        return [(each.value, each.rationale, each.span_id) for each in spanloom.get_trace(trace_id).info.assessments]

    page.goto(f"{viewer.url}/traces/{trace_id}")
    form, stored = page.locator("#feedback"), page.locator(".assessments li")
    form.get_by_role("button", name="Good").click()
    form.get_by_role("button", name="Store").click()
    expect(stored).to_contain_text("yes")
    page.reload()
    expect(form.get_by_role("button", name="Good")).to_have_attribute("aria-pressed", "true")
    form.get_by_role("button", name="Bad").click()
    form.locator("input").fill("wrong city")
    page.keyboard.press("Enter")
    expect(stored).to_contain_text("wrong city")
    expect(form.get_by_role("button", name="Bad")).to_have_attribute("aria-pressed", "true")
    assert said() == [(False, "wrong city", None)]
    page.locator(".detail .feedback").get_by_role("button", name="Good").click()
    page.keyboard.press("Enter")
    expect(stored).to_have_count(2)
    form.get_by_role("button", name="Bad").click()
    expect(stored).to_have_count(1)
    page.locator(".detail .feedback").get_by_role("button", name="Good").click()
    expect(stored).to_have_count(0)
    assert said() == []


def test_what_others_said_is_not_changed(viewer, run_agent):
    trace_id = run_agent()
    checked = spanloom.log_feedback(trace_id, "helpful", True)
    path = f"/api/traces/{trace_id}/feedback/{checked.assessment_id}"
    assert viewer.http.put(path, json={"value": False}).status_code == 403
    assert viewer.http.delete(path).status_code == 403
    assert spanloom.get_assessment(trace_id, checked.assessment_id).value is True
