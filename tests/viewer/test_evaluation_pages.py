"""Evaluations on the pages of their runs, and two of them row by row, in a real browser."""

from __future__ import annotations

from browsing import expect, width


def rows(page):
    return page.locator(".rows-table tbody tr")


def test_the_result_of_an_evaluation_is_shown(page, viewer, evaluate):
    run_id = evaluate(6, "checked", pass_criteria={"exact_match/mean": ">= 0.9"})
    page.goto(f"{viewer.url}/runs/{run_id}")
    section = page.get_by_role("region", name="Evaluation")
    expect(page.locator("dl .mark")).to_have_text("not passed")
    expect(section.get_by_role("list", name="Pass criteria")).to_have_text("exact_match/mean >= 0.9: 0.6")
    expect(section.locator(".missed")).to_contain_text("expected >= 0.9")
    expect(rows(page)).to_have_count(10)
    expect(rows(page).nth(1).locator("td")).to_have_text(["1", "1 + 1?", "2", "2", "✓ yes", "1"])
    wrong = rows(page).nth(6).locator("td")
    expect(wrong).to_have_text(["6", "6 + 6?", "perhaps", "12", "✗ noperhaps is not it", "7"])
    expect(wrong.nth(4).locator(".score")).to_have_attribute("data-passed", "no")
    expect(rows(page).nth(8)).to_contain_text("RuntimeError: no answer")
    expect(rows(page).nth(9)).to_contain_text("ValueError: nothing to measure")
    section.get_by_role("button", name="Not passed").click()
    expect(rows(page).locator("td:first-child")).to_have_text(["6", "7", "8", "9"])


def test_a_row_leads_to_its_trace(page, viewer, evaluate):
    page.goto(f"{viewer.url}/runs/{evaluate(6, 'checked')}")
    expect(rows(page)).to_have_count(10)
    for key in ("j", "j", "Enter"):
        page.keyboard.press(key)
    expect(page.locator(".assessments")).to_contain_text("exact_match")
    expect(page.locator(".detail")).to_contain_text("1 + 1?")


def test_an_evaluation_that_passed_says_so(page, viewer, evaluate):
    page.goto(f"{viewer.url}/runs/{evaluate(8, 'good', pass_criteria={'exact_match/mean': 0.5})}")
    expect(page.locator("dl .mark")).to_have_text("passed")
    expect(page.get_by_role("list", name="Pass criteria")).to_have_text("exact_match/mean >= 0.5: 0.8")
    expect(page.locator(".missed")).to_have_count(0)


def test_two_evaluations_are_compared_row_by_row(page, viewer, evaluate):
    base, run = evaluate(1, "before"), evaluate(8, "after")
    page.goto(f"{viewer.url}/runs/compare?run={base}&run={run}")
    score = page.locator(".scores-table tbody tr").first
    expect(score).to_contain_text("exact_match")
    expect(score.locator("td").nth(2)).to_have_text("+0.7")
    expect(score.locator(".mark")).to_have_text("more than chance")
    expect(rows(page).locator("td:first-child")).to_have_text([str(place) for place in range(1, 8)])
    expect(rows(page).first.locator("td").nth(5)).to_have_text("✗ no↑✓ yesperhaps is not it")
    page.get_by_role("button", name="Decreased").click()
    expect(rows(page)).to_have_count(7)
    page.get_by_role("combobox", name="Score").select_option("exact_match")
    expect(rows(page)).to_have_count(0)
    score.get_by_role("button").click()
    expect(rows(page)).to_have_count(7)
    expect(page.get_by_role("button", name="Increased", exact=True)).to_have_attribute("aria-pressed", "true")
    rows(page).first.locator("a").click()
    expect(page.locator("del")).to_contain_text(["perhaps"])


def test_evaluations_of_other_data_are_not_compared(page, viewer, evaluate, complaints):
    base, run = evaluate(1, "before", slice(3)), evaluate(1, "after", slice(5, 8))
    page.goto(f"{viewer.url}/runs/compare?run={base}&run={run}")
    expect(page.get_by_role("alert")).to_contain_text("no row with the same inputs")
    expect(page.locator(".runs-table")).to_contain_text("exact_match/mean")
    assert all("400" in each for each in complaints)
    complaints.clear()


def test_more_than_a_page_of_rows_is_loaded(page, viewer, evaluate):
    run_id = evaluate(1, "many", times=6)
    page.goto(f"{viewer.url}/runs/{run_id}")
    expect(rows(page)).to_have_count(50)
    page.get_by_role("button", name="More rows").click()
    expect(rows(page)).to_have_count(60)
    expect(page.get_by_role("button", name="More rows")).to_be_hidden()


def test_evaluations_fit_a_narrow_window(page, viewer, evaluate):
    base, run = evaluate(1, "before"), evaluate(8, "after")
    page.set_viewport_size({"width": 390, "height": 800})
    for path in (f"/runs/{base}", f"/runs/compare?run={base}&run={run}"):
        page.goto(viewer.url + path)
        expect(rows(page).first).to_be_visible()
        assert width(page) <= 390


def test_a_long_reason_leaves_the_rows_in_sight(page, viewer, evaluate):
    run_id = evaluate(1, "failed", times=10)
    page.goto(f"{viewer.url}/runs/{run_id}")
    expect(rows(page).first).to_be_in_viewport()
