"""Whatever runs, their files and evaluations hold is text on the page."""

from __future__ import annotations

import pytest
from browsing import expect

import spanloom
from spanloom.tracking import run_artifacts

EVIL = "</script><script>hacked()</script><img src=x onerror=hacked()>'\"`"
SCRIPT = "<svg xmlns='http://www.w3.org/2000/svg' onload='hacked()'><script>hacked()</script></svg>"


class HostileError(Exception):
    pass


HostileError.__name__ = EVIL


@spanloom.scorer(name=EVIL)
def judged(outputs, inputs):
    if "fails" in inputs["question"]:
        raise HostileError(EVIL)
    return spanloom.Feedback(name=EVIL, value=EVIL, rationale=EVIL)


def agent(question):
    if "no answer" in question:
        raise HostileError(EVIL)
    return {EVIL: EVIL}


def evaluate():
    questions = (EVIL, f"{EVIL} fails", f"{EVIL} no answer")
    data = [{"inputs": {"question": text}, "expectations": {EVIL: EVIL}} for text in questions]
    return spanloom.evaluate(data, [judged], agent, run_name=EVIL).run_id


@pytest.fixture
def run_id():
    spanloom.set_experiment(EVIL)
    with spanloom.start_run(run_name=EVIL, tags={EVIL: EVIL}, description=EVIL) as run:
        spanloom.log_param(EVIL, EVIL)
        for step in (1, 2):
            spanloom.log_metric(EVIL, step, step=step)
        spanloom.log_text(SCRIPT, "page.html")
        spanloom.log_text(SCRIPT, "drawing.svg")
        folder = run_artifacts(run.info.run_id) / "<img src=x onerror=hacked()>"
        folder.mkdir()
        with spanloom.start_run(run_name=EVIL, nested=True):
            spanloom.log_metric(EVIL, 1)
        with spanloom.start_span(EVIL):
            trace_id = spanloom.get_current_active_span().trace_id
        spanloom.log_feedback(trace_id, EVIL, EVIL, rationale=EVIL)
    return run.info.run_id


def assert_harmless(page, images=0):
    expect(page.locator("main img")).to_have_count(images)
    expect(page.locator("main :is(script, iframe), [onerror], [onload]")).to_have_count(0)
    links = page.locator("main a").evaluate_all("links => links.map((link) => link.href)")
    assert [link for link in links if not link.startswith("http://127.0.0.1")] == []
    assert page.evaluate("typeof hacked") == "undefined"


def test_in_the_list_of_runs(page, viewer, run_id):
    page.goto(f"{viewer.url}/runs")
    expect(page.locator("#runs td.name > a")).to_have_text([EVIL, EVIL])
    expect(page.locator("#runs td.param")).to_have_text([EVIL, ""])
    assert_harmless(page)
    page.locator("#runs .experiment a").first.click()  # the filter is made of the hostile name
    expect(page.locator("#runs td.name > a")).to_have_text([EVIL, EVIL])
    assert_harmless(page)


def test_on_the_page_of_a_run(page, viewer, run_id):
    page.goto(f"{viewer.url}/runs/{run_id}")
    expect(page.locator("h1")).to_have_text(EVIL)
    expect(page.locator(".described")).to_have_text(EVIL)
    expect(page.locator("figcaption b")).to_have_text(EVIL)
    expect(page.locator(".linked .mark")).to_contain_text(EVIL)
    page.locator(".plot").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tip")).to_contain_text(EVIL)
    assert_harmless(page)


def test_in_the_files_of_a_run(page, viewer, run_id):
    page.goto(f"{viewer.url}/runs/{run_id}")
    files, preview = page.locator(".files nav"), page.locator(".preview")
    files.get_by_text("page.html").click()
    expect(preview.locator("pre")).to_have_text(SCRIPT)
    assert_harmless(page)
    files.get_by_text("drawing.svg").click()
    expect(preview.locator("img")).to_have_count(1)
    assert_harmless(page, images=1)


def test_in_a_comparison_of_runs(page, viewer, run_id):
    other = spanloom.search_runs(filter_string=f"parent_run_id = '{run_id}'", output_format="list")[0].info.run_id
    page.goto(f"{viewer.url}/runs/compare?run={run_id}&run={other}&run={run_id}")
    expect(page.locator(".runs-table thead a")).to_have_text([EVIL, EVIL])
    expect(page.locator("figcaption b")).to_have_text(EVIL)
    assert_harmless(page)


def test_in_an_evaluation(page, viewer):
    page.goto(f"{viewer.url}/runs/{evaluate()}")
    expect(page.locator(".rows-table tbody tr")).to_have_count(3)
    expect(page.locator(".rows-table .rationale")).to_have_text(EVIL)
    expect(page.locator(".rows-table .note.error")).to_have_text([f"{EVIL}: {EVIL}"] * 2)
    expect(page.locator(".missed")).to_contain_text(EVIL)
    assert_harmless(page)


def test_in_a_comparison_of_evaluations(page, viewer):
    page.goto(f"{viewer.url}/runs/compare?run={evaluate()}&run={evaluate()}")
    page.get_by_role("button", name="All").click()
    expect(page.locator(".rows-table tbody tr")).to_have_count(3)
    expect(page.locator(".rows-table .rationale")).to_have_text([EVIL, EVIL])
    assert_harmless(page)
