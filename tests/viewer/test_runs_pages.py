"""The pages of runs, in a real browser."""

from __future__ import annotations

import re

import pytest
from browsing import expect, width

import spanloom
from spanloom.tracking import run_artifacts

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cf500f00038601809a4abf060000000049454e44ae426082"
)


def names(page):
    return page.locator("#runs td.name > a")


def test_the_list_shows_nested_runs_below_their_parents(page, viewer, train, evaluate):
    train("first", 0.1)
    train("second", 0.2)
    evaluate(10, "checked")
    page.goto(viewer.url)
    page.get_by_role("link", name="Runs").click()
    expect(names(page)).to_have_text(["checked", "second", "second part", "first", "first part"])
    second = page.locator("#runs tbody tr").nth(1)
    expect(second.locator("td")).to_contain_text(["", "second", "Default", "finished", "just now"])
    expect(second).to_contain_text("gpt-5")
    expect(page.locator("#runs tbody tr").first).to_contain_text("not passed")
    expect(page.locator("#runs td.name").nth(2)).to_have_attribute("style", re.compile("--depth: 1"))


def test_the_list_is_searched_and_tells_mistakes(page, viewer, train, complaints):
    train("slow", 0.1)
    train("fast", 0.2)
    page.goto(f"{viewer.url}/runs")
    page.locator("#search").fill("params.rate = '0.2'")
    expect(names(page)).to_have_text(["fast"])
    expect(page).to_have_url(re.compile("filter=params.rate"))
    page.locator("#search").fill("metrics.part > 0.15")
    expect(page.locator("#runs td.name")).to_have_text(["fast part in fast"])
    page.locator("#search").fill("statsu = 'FAILED'")
    expect(page.locator("#problem")).to_contain_text("did you mean status")
    expect(page.locator("#problem")).to_contain_text("^")
    assert all("400" in each for each in complaints)
    complaints.clear()
    page.locator("#search").fill("status = 'FAILED'")
    expect(page.locator("#empty")).to_have_text("No run fits.")
    expect(page.get_by_role("button", name="Failed")).to_have_attribute("aria-pressed", "true")


def test_a_column_sorts_the_list(page, viewer, train):
    for name, rate in (("b", 0.2), ("a", 0.3), ("c", 0.1)):
        train(name, rate)
    page.goto(f"{viewer.url}/runs")
    page.get_by_role("button", name="accuracy").click()
    expect(names(page)).to_have_text(["a", "b", "c", *[re.compile("part")] * 3])
    page.get_by_role("button", name="accuracy ↓").click()
    expect(names(page)).to_have_text(["c", "b", "a", *[re.compile("part")] * 3])
    page.reload()
    expect(page.get_by_role("columnheader", name="accuracy")).to_have_attribute("aria-sort", "ascending")
    page.get_by_role("button", name="accuracy ↑").click()
    expect(names(page)).to_have_text(["c", "c part", "a", "a part", "b", "b part"])


def test_more_runs_are_loaded(page, viewer):
    for number in range(60):
        with spanloom.start_run(run_name=f"run {number}"):
            pass
    page.goto(f"{viewer.url}/runs")
    expect(names(page)).to_have_count(50)
    page.get_by_role("button", name="More runs").click()
    expect(names(page)).to_have_count(60)
    expect(page.locator("#older")).to_be_hidden()


def test_an_empty_store_says_what_makes_a_run(page, viewer):
    page.goto(f"{viewer.url}/runs")
    expect(page.locator("#empty")).to_contain_text("spanloom.start_run()")


def test_a_new_run_appears_by_itself(page, viewer, train):
    page.goto(f"{viewer.url}/runs")
    expect(page.locator("#empty")).to_be_visible()
    train("new", 0.1)
    expect(names(page)).to_have_text(["new", "new part"])


def test_a_run_is_shown(page, viewer, train):
    run_id = train("shown", 0.1)
    with spanloom.start_run(run_id), spanloom.start_span("used"):
        trace_id = spanloom.get_current_active_span().trace_id
    spanloom.log_feedback(trace_id, "correct", True)
    page.goto(f"{viewer.url}/runs/{run_id}")
    expect(page.locator("h1")).to_have_text("shown")
    expect(page.locator("main > div > dl")).to_contain_text("team")
    expect(page.locator(".described")).to_have_text("About shown")
    expect(page.get_by_role("table", name="Parameters").locator("tr")).to_have_text(["modelgpt-5", "rate0.1"])
    expect(page.get_by_role("table", name="Metrics").locator("tr")).to_have_text(["accuracy0.9", "loss0.02"])
    expect(page.locator("figure figcaption b")).to_have_text(["accuracy", "loss"])
    expect(page.get_by_role("region", name="Nested runs").locator("a")).to_have_text(["All in the list", "shown part"])
    line = page.get_by_role("region", name="Traces").locator("li")
    expect(line).to_contain_text("used")
    expect(line.locator(".mark")).to_have_text(["correct ✓ yes"])


def test_a_chart_of_a_history_is_read_with_the_keyboard(page, viewer):
    with spanloom.start_run() as run:
        for step, value in enumerate([1.0, 0.5, float("nan"), -0.25]):
            spanloom.log_metric("loss", value, step=10 * step)
    page.goto(f"{viewer.url}/runs/{run.info.run_id}")
    page.locator(".plot").focus()
    tip = page.locator(".tip")
    for told in ("step 30loss -0.25", re.compile("step 20loss .$"), "step 10loss 0.5"):  # the one between is no number
        page.keyboard.press("ArrowLeft")
        expect(tip).to_have_text(told)
    expect(page.locator("polyline")).to_have_count(1)
    expect(page.locator("circle")).to_have_count(1)


def test_files_are_opened(page, viewer, train):
    run_id = train("files", 0.1)
    (run_artifacts(run_id) / "plot.png").write_bytes(PIXEL)
    (run_artifacts(run_id) / "data.bin").write_bytes(b"\xff\xfe")
    page.goto(f"{viewer.url}/runs/{run_id}")
    files, preview = page.locator(".files nav"), page.locator(".preview")
    expect(files.get_by_role("button")).to_have_text(
        ["data.bin2 B", re.compile("labels"), re.compile("plot"), "▸ prompts"]
    )
    files.get_by_text("labels.json").click()
    expect(preview.locator("pre")).to_contain_text('"labels": [')
    files.get_by_text("prompts").click()
    files.get_by_text("system.txt").click()
    expect(preview.locator("pre")).to_have_text("Answer in one sentence.")
    files.get_by_text("data.bin").click()
    expect(preview).to_contain_text("This is no text.")
    files.get_by_text("plot.png").click()
    expect(preview.locator("img")).to_have_js_property("naturalWidth", 1)
    with page.expect_download() as download:
        preview.get_by_role("link", name="Download").click()
    assert download.value.path().read_bytes() == PIXEL
    assert download.value.suggested_filename == "plot.png"


def test_a_run_that_goes_on_is_brought_up_to_date(page, viewer):
    with spanloom.start_run() as run:
        spanloom.log_metric("loss", 1, step=0)
        page.goto(f"{viewer.url}/runs/{run.info.run_id}")
        expect(page.locator("dl .status")).to_have_text("… running")
        spanloom.log_metric("loss", 0.5, step=1)
    expect(page.locator("dl .status")).to_have_text("✓ finished")
    expect(page.locator("figure")).to_have_count(1)


def test_runs_are_compared(page, viewer, train):
    first, second = train("one", 0.1), train("two", 0.2)
    page.goto(f"{viewer.url}/runs")
    expect(names(page)).to_have_count(4)
    for key in ("j", "x", "j", "j", "x", "c"):
        page.keyboard.press(key)
    expect(page).to_have_url(f"{viewer.url}/runs/compare?run={first}&run={second}")
    row = page.locator(".runs-table tbody tr")
    rate = row.filter(has=page.get_by_role("rowheader", name="rate", exact=True))
    expect(rate.locator("td")).to_have_text(["0.1", "0.2", ""])
    expect(rate).to_have_attribute("data-differs", "true")
    accuracy = row.filter(has=page.get_by_role("rowheader", name="accuracy", exact=True))
    expect(accuracy.locator("td")).to_have_text(["0.9", "1.3", "+0.4 (+44 %)"])
    model = row.filter(has=page.get_by_role("rowheader", name="model", exact=True))
    expect(model).to_be_visible()
    page.keyboard.press("d")
    expect(model).to_be_hidden()
    expect(rate).to_be_visible()
    expect(page.locator("figure").first.locator("polyline")).to_have_count(2)
    expect(page.locator("figure").first.locator(".legend .key")).to_have_text(["one", "two"])
    page.locator("#swap").click()
    expect(rate.locator("td")).to_have_text(["0.2", "0.1", ""])
    page.keyboard.press("Escape")
    expect(names(page)).to_have_count(4)


def test_three_runs_are_compared(page, viewer, train):
    ids = [train(name, rate) for name, rate in (("one", 0.1), ("two", 0.2), ("three", 0.3))]
    page.goto(f"{viewer.url}/runs/compare?{'&'.join(f'run={each}' for each in ids)}")
    expect(page.locator(".runs-table thead a")).to_have_text(["one", "two", "three"])
    expect(page.locator("figure").first.locator("polyline")).to_have_count(3)
    expect(page.locator("#swap")).to_be_hidden()


@pytest.mark.parametrize("path", ["/runs", "/runs/{run}", "/runs/compare?run={run}&run={other}"])
def test_pages_of_runs_fit_a_narrow_window(page, viewer, train, path):
    address = path.format(run=train("x" * 60, 0.1), other=train("y" * 60, 0.2))
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(viewer.url + address)
    expect(page.locator("main")).to_contain_text("x" * 60 if "{" not in path or "other" in path else "gpt-5")
    assert width(page) <= 390


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/runs/nope", "no run 'nope'"),
        ("/runs/compare?run=nope&run=neither", "no run"),
        ("/runs/compare", "Two runs or more"),
    ],
)
def test_what_is_not_there_is_told(page, viewer, complaints, path, said):
    page.goto(viewer.url + path)
    expect(page.get_by_role("alert")).to_contain_text(said)
    page.wait_for_load_state("networkidle")  # several answers are 404: no complaint comes after they are cleared
    assert all("404" in each for each in complaints)
    complaints.clear()
