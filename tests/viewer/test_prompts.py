"""The pages of prompts, in a real browser, and what they ask for."""

from __future__ import annotations

import pytest
from browsing import expect, width

import spanloom

HOSTILE = "Greet {{ name }} <img src=x onerror=alert(1)>"


@pytest.fixture(autouse=True)
def prompts():
    spanloom.register_prompt("greet", "Hello\n{{ name }}", "First words", {"team": "a"})
    spanloom.register_prompt("greet", f"Hi\n{HOSTILE}", model_config={"model_name": "gpt-5"})
    chat = [{"role": "system", "content": "You are {{ style }}."}, {"role": "user", "content": "{{ q }}"}]
    spanloom.register_prompt("greet", chat)
    spanloom.set_prompt_alias("greet", "production", 2)
    spanloom.register_prompt("other", "x")
    with spanloom.start_span("used the second"):
        spanloom.load_prompt("greet@production")


def test_prompts_and_versions_are_answered(viewer):
    page = viewer.http.get("/api/prompts", params={"limit": 1}).raise_for_status().json()
    assert [prompt["name"] for prompt in page["prompts"]] == ["greet"]
    rest = viewer.http.get("/api/prompts", params={"page_token": page["next_page_token"]}).json()
    assert [prompt["name"] for prompt in rest["prompts"]] == ["other"]
    found = viewer.http.get("/api/prompts/greet").json()
    assert found["prompt"]["aliases"] == {"production": 2}
    assert [version["version"] for version in found["versions"]] == [3, 2, 1]
    traces = viewer.http.get("/api/traces", params={"filter": found["versions"][1]["traces_filter"]}).json()["traces"]
    assert [info["name"] for info in traces] == ["used the second"]


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/prompts/nope", 404, "not_found"),
        ("/api/prompts/a%20b", 400, "invalid_request"),
        ("/api/prompts?filter=nme%20%3D%20'x'", 400, "invalid_filter"),
        ("/api/prompts?page_token=a%20b", 400, "invalid_request"),
    ],
)
def test_a_mistake_is_told(viewer, path, status, code):
    answer = viewer.http.get(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_the_list_of_prompts_is_searched(page, viewer, complaints):
    page.goto(viewer.url)
    page.get_by_role("link", name="Prompts").click()
    names = page.locator("#prompts tbody a")
    expect(names).to_have_text(["greet", "other"])
    expect(page.locator("#prompts tbody tr").first).to_contain_text("@production 2")
    page.locator("#search").fill("tags.team = 'a'")
    expect(names).to_have_text(["greet"])
    page.locator("#search").fill("nme = 'a'")
    expect(page.locator("#problem")).to_contain_text("did you mean name")
    assert all("400" in each for each in complaints)
    complaints.clear()
    page.reload()
    expect(page.locator("#problem")).to_contain_text("did you mean name")
    complaints.clear()
    page.locator("#search").fill("name = 'none'")
    expect(page.locator("#empty")).to_have_text("No prompt fits.")


def test_versions_are_shown_and_compared(page, viewer):
    page.goto(f"{viewer.url}/prompts/greet")
    rows, detail = page.locator(".tree button"), page.locator(".detail")
    expect(rows.locator(".type")).to_have_text(["3", "2", "1"])
    expect(detail.locator(".message[data-role=system]")).to_contain_text("You are {{ style }}.")
    expect(detail.locator(".linked")).to_have_text("None yet.")
    rows.nth(1).click()
    expect(detail.locator(".template")).to_have_text(f"Hi\n{HOSTILE}")
    expect(detail.locator("details", has_text="Model")).to_contain_text("gpt-5")
    expect(detail.locator("img")).to_have_count(0)
    detail.locator("#against").select_option("1")
    expect(detail.locator("del")).to_contain_text("Hello")
    expect(detail.locator("ins")).to_contain_text("Hi")
    page.reload()
    expect(detail.locator("h3")).to_have_text("Version 2")
    expect(detail.locator("del")).to_contain_text("Hello")


def test_the_traces_that_used_a_version_are_a_click_away(page, viewer):
    page.goto(f"{viewer.url}/prompts/greet?version=2")
    expect(page.locator(".linked a")).to_have_text(["used the second"])
    page.get_by_role("link", name="All in the list").click()
    expect(page.locator("#traces td.name")).to_have_text(["used the second"])
    page.go_back()
    page.locator(".linked a").click()
    expect(page.locator(".span[aria-current]")).to_contain_text("used the second")


def test_the_keyboard_is_enough_for_prompts(page, viewer):
    page.goto(f"{viewer.url}/prompts")
    expect(page.locator("#prompts tbody a")).to_have_count(2)
    for key in ("j", "Enter"):
        page.keyboard.press(key)
    expect(page.locator(".detail h3")).to_have_text("Version 3")
    page.keyboard.press("j")
    expect(page.locator(".detail h3")).to_have_text("Version 2")
    page.keyboard.press("Escape")
    expect(page.locator("#prompts tbody a")).to_have_count(2)


@pytest.mark.parametrize("path", ["/prompts", "/prompts/greet"])
def test_pages_of_prompts_fit_a_narrow_window(page, viewer, path):
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(viewer.url + path)
    expect(page.locator("main")).to_contain_text("greet" if path == "/prompts" else "Version 3")
    assert width(page) <= 390


def test_a_prompt_that_is_not_there_is_told(page, viewer, complaints):
    page.goto(f"{viewer.url}/prompts/nope")
    expect(page.get_by_role("alert")).to_contain_text("no prompt 'nope'")
    assert all("404" in each for each in complaints)
    complaints.clear()
