"""Two traces side by side, in a real browser."""

from __future__ import annotations

import pytest
from browsing import expect

import spanloom
from spanloom import SpanType

ANSWERS = {"gpt-5": "Sunny, 21 degrees in Paris.", "gpt-5-mini": "Sunny, 19 degrees in Paris today."}


def run(model: str, *tools: str) -> str:
    with spanloom.start_span("agent", SpanType.AGENT) as root:
        root.set_inputs({"input": "Weather in Paris?"})
        for tool in tools:
            with spanloom.start_span(tool, SpanType.TOOL) as span:
                span.set_inputs({"city": "Paris"})
                span.set_outputs({"degrees": 21})
        used = {"gen_ai.usage.input_tokens": 100 * len(tools), "gen_ai.usage.output_tokens": 10}
        attributes = {"gen_ai.request.model": model, **used, "spanloom.cost.total": 0.002 / len(tools)}
        with spanloom.start_span(f"chat {model}", SpanType.CHAT_MODEL, attributes) as span:
            span.set_inputs({"messages": [{"role": "user", "content": "Weather in Paris?"}]})
            span.set_outputs({"messages": [{"role": "assistant", "content": ANSWERS[model]}]})
        root.set_outputs({"output": [{"role": "assistant", "content": ANSWERS[model]}]})
    return spanloom.get_last_active_trace_id() or ""


@pytest.fixture
def traces():
    return run("gpt-5", "forecast"), run("gpt-5-mini", "locate", "forecast")


def fact(page, place, name):
    return page.locator(f"{place} .facts-table tbody tr", has=page.get_by_role("rowheader", name=name, exact=True))


def test_two_traces_of_the_list_are_compared(page, viewer, traces):
    run("gpt-5", "forecast")
    page.goto(viewer.url)
    boxes = page.locator("#traces tbody input")
    boxes.nth(0).check()
    expect(page.locator("#compare")).to_be_disabled()
    boxes.nth(2).check()
    boxes.nth(1).check()  # a third: the first one makes room
    expect(boxes.nth(0)).not_to_be_checked()
    page.locator("#compare").click()
    expect(page).to_have_url(f"{viewer.url}/compare/{'/'.join(traces)}")
    expect(page.locator(".tree .span")).to_have_count(4)


def test_the_keyboard_picks_and_compares(page, viewer, traces):
    page.goto(viewer.url)
    expect(page.locator("#traces td.name")).to_have_count(2)
    for key in ("j", "x", "j", "x", "c"):
        page.keyboard.press(key)
    expect(page.locator(".span[aria-current] b")).to_have_text("agent")
    page.keyboard.press("j")
    expect(page.locator(".detail h3")).to_have_text("locate")
    page.keyboard.press("Escape")
    expect(page.locator("#traces td.name")).to_have_count(2)


def test_spans_stand_beside_their_counterparts(page, viewer, traces):
    page.goto(f"{viewer.url}/compare/{'/'.join(traces)}")
    rows = page.locator(".tree .span")
    expect(rows.locator("b")).to_have_text(["agent", "locate", "forecast", "chat gpt-5 / chat gpt-5-mini"])
    expect(rows.nth(0).locator(".mark")).to_have_text(["outputs"])
    expect(rows.nth(1).locator(".mark")).to_have_text(["only second"])
    expect(rows.nth(2).locator(".mark")).to_have_count(0)
    expect(rows.nth(3).locator(".mark")).to_have_text(["outputs"])
    rows.nth(3).click()
    expect(fact(page, ".detail", "Model").locator("td")).to_have_text(["gpt-5", "gpt-5-mini", ""])
    expect(fact(page, ".detail", "Input tokens").locator("td")).to_have_text(["100", "200", "+100 (+100 %)"])
    expect(fact(page, ".detail", "Output tokens")).to_have_attribute("data-differs", "false")
    expect(page.locator(".detail details", has_text="Inputs").locator("summary")).to_contain_text("the same")
    expect(page.locator(".detail details", has_text="Outputs").locator("del")).to_contain_text("21 degrees")
    page.locator("#swap").click()
    expect(rows.nth(1).locator(".mark")).to_have_text(["only first"])


def test_the_whole_and_the_answers_are_compared(page, viewer, traces):
    page.goto(f"{viewer.url}/compare/{'/'.join(traces)}")
    expect(fact(page, ".overview", "Tokens").locator("td")).to_have_text(["110", "210", "+100 (+91 %)"])
    expect(fact(page, ".overview", "Cost").locator("td")).to_have_text(
        ["$0.00200", "$0.00100", "\u2212$0.00100 (\u221250 %)"]
    )
    answer = page.locator(".overview details", has_text="Answer")
    expect(answer.locator("del")).to_have_text(["21"])
    expect(answer.locator("ins")).to_have_text(["19", " today"])
    expect(answer.locator(".difference")).to_have_text("Sunny, 2119 degrees in Paris today.")


def test_texts_that_are_too_long_to_be_compared_are_told_as_replaced(page, viewer):
    ids = []
    for word in ("left", "right"):
        with spanloom.start_span("agent") as span:
            span.set_outputs(["same"] * 20 + [f"{number if number % 2 else word}" for number in range(3000)])
        ids.append(spanloom.get_last_active_trace_id())
    page.goto(f"{viewer.url}/compare/{'/'.join(ids)}")
    shown = page.locator(".detail .difference")
    expect(shown.locator("del")).to_have_count(1)
    expect(shown.locator("ins")).to_have_count(1)
    assert "… 18 equal lines" in shown.inner_text()


def test_a_trace_that_is_not_there_is_told(page, viewer, traces, complaints):
    page.goto(f"{viewer.url}/compare/{traces[0]}/none")
    expect(page.get_by_role("alert")).to_contain_text("there is no trace 'none'")
    assert all("404" in each for each in complaints)
    complaints.clear()
