"""The charts, in a real browser."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from browsing import expect, width

import spanloom


@pytest.fixture
def traces(run_agent):
    for _ in range(3):
        run_agent()
    with spanloom.start_span("it's quiet"):
        pass


def figure(page, title):
    return page.locator("figure", has=page.get_by_text(title, exact=True))


def test_totals_and_groups(page, viewer, traces):
    page.goto(f"{viewer.url}/charts")
    expect(page.locator("#total div", has_text="Traces")).to_contain_text("4")
    expect(page.locator("#total div", has_text="Tokens")).to_contain_text("4,329")
    expect(page.locator("#total div", has_text="Cost")).to_contain_text("$0.0036")
    expect(page.locator(".groups tbody th")).to_have_text(["weather_agent", "it's quiet"])
    page.locator("#group").select_option("tool")
    expect(page.locator(".groups tbody th")).to_have_text(["forecast"])
    expect(page.locator(".groups .failed")).to_have_text(["3 (100.0 %)"])
    page.locator("#group").select_option("model")
    expect(page.locator(".groups tbody tr")).to_contain_text(["4,329"])
    page.reload()
    expect(page.locator(".groups tbody th")).to_have_text(["gpt-5"])


def test_a_group_leads_to_its_traces(page, viewer, traces):
    page.goto(f"{viewer.url}/charts")
    page.locator(".groups a", has_text="quiet").click()
    expect(page.locator("#search")).to_have_value("name = 'it''s quiet'")
    expect(page.locator("#traces td.name")).to_have_text(["it's quiet"])
    page.locator("#charts").click()
    expect(page.locator(".groups tbody th")).to_have_text(["it's quiet"])


def test_every_chart_is_drawn_and_read_with_the_keyboard(page, viewer, traces):
    page.goto(f"{viewer.url}/charts?range=3600")
    expect(page.locator("figcaption b")).to_have_text(["Latency", "Traces", "Tokens", "Cost"])
    expect(figure(page, "Latency").locator("[data-line=p50]:is(polyline, circle)")).to_have_count(1)
    plot = figure(page, "Tokens").locator(".plot")
    plot.focus()
    for key in ("ArrowLeft", "ArrowRight", "ArrowLeft", "ArrowRight"):
        plot.press(key)
    tip = plot.locator(".tip")
    expect(tip).to_contain_text("input")
    page.keyboard.press("Tab")
    expect(tip).to_be_hidden()


def test_the_pointer_reads_a_bar(page, viewer, traces):
    page.goto(f"{viewer.url}/charts?range=3600&filter=name+%3D+%27weather_agent%27")
    tokens = figure(page, "Tokens")
    tokens.locator("rect[data-line=input]").last.hover()
    expect(tokens.locator(".tip")).to_contain_text("output")


def test_the_search_narrows_the_charts(page, viewer, traces, complaints):
    page.goto(f"{viewer.url}/charts")
    expect(page.locator(".groups tbody th")).to_have_count(2)
    page.locator("#search").fill("name = 'weather_agent'")
    expect(page.locator(".groups tbody th")).to_have_text(["weather_agent"])
    page.locator("#search").fill("name = 'nobody'")
    expect(page.locator("#empty")).to_be_visible()
    expect(page.locator("figure")).to_have_count(0)
    page.locator("#search").fill("nme = 'nobody'")
    expect(page.locator("#problem")).to_contain_text("did you mean name")
    assert all("400" in each for each in complaints)
    complaints.clear()


def test_an_empty_store_has_no_charts(page, viewer):
    page.goto(f"{viewer.url}/charts")
    expect(page.locator("#empty")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_they_fit_a_phone(page, viewer, traces, scheme):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 380, "height": 760})
    page.goto(f"{viewer.url}/charts")
    expect(page.locator("figure")).to_have_count(4)
    assert width(page) <= 380


def test_traces_of_a_clock_that_is_ahead_do_no_harm(page, viewer):
    with spanloom.start_span("ahead"):
        pass
    page.clock.set_fixed_time(datetime.now(UTC) - timedelta(minutes=5))
    page.goto(f"{viewer.url}/charts?range=all")
    expect(page.locator("#series svg").first).to_be_visible()
