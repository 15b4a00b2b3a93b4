"""Traces that nobody would make on purpose: each of their spans is shown."""

from __future__ import annotations

import pytest
from browsing import expect, width

import spanloom
from spanloom.viewer.static_page import static_page

ODD = [
    {"messages": [{"role": "assistant", "reasoning_content": {"text": "thought"}}]},
    {"input": [{"type": "reasoning", "summary": {"text": "thought"}}]},
    {"input": [{"type": "reasoning", "summary": "thought", "content": {"text": "more"}}]},
]


def chain(length: int) -> str:
    """Leave a trace whose spans each stand below the one before; its id is returned."""
    spans = [spanloom.start_span_no_context("step 0")]
    for number in range(1, length):
        spans.append(spanloom.start_span_no_context(f"step {number}", parent_span=spans[-1]))
    for span in reversed(spans):
        span.end()
    spanloom.flush()
    return spans[0].trace_id


@pytest.mark.parametrize("inputs", ODD)
def test_a_message_of_an_odd_shape_is_shown(page, viewer, inputs):
    with spanloom.start_span("odd", attributes={"spanloom.cost.total": "0.5"}) as span:
        span.set_inputs(inputs)
    page.goto(f"{viewer.url}/traces/{span.trace_id}")
    expect(page.locator(".detail h3")).to_have_text("odd")
    expect(page.locator(".detail > .facts").first).to_contain_text("$0.500")
    page.locator(".detail summary", has_text="Reasoning").click()
    expect(page.locator(".message")).to_contain_text("thought")


def test_spans_whose_parents_form_a_circle_are_shown(page, tmp_path, viewer):
    trace = spanloom.get_trace(chain(4))
    document = trace.to_dict()
    first, second, third, _ = document["data"]["spans"]
    third["parent_id"], first["parent_id"] = first["span_id"], second["span_id"]
    file = tmp_path / "trace.html"
    file.write_text(static_page(spanloom.Trace.from_dict(document)), encoding="utf-8")
    page.goto(file.as_uri())
    expect(page.locator(".span b")).to_have_text([f"step {number}" for number in range(4)])
    path = f"/api/traces/{trace.info.trace_id}"
    page.route(f"**{path}", lambda route: route.fulfill(json=document))
    page.goto(f"{viewer.url}/compare/{trace.info.trace_id}/{trace.info.trace_id}")
    expect(page.locator(".tree .span")).to_have_count(4)


def test_three_thousand_levels_are_shown(page, tmp_path, viewer):
    trace_id = chain(3000)
    file = tmp_path / "trace.html"
    file.write_text(static_page(spanloom.get_trace(trace_id)), encoding="utf-8")
    for address in (
        f"{viewer.url}/traces/{trace_id}",
        f"{viewer.url}/compare/{trace_id}/{trace_id}",
        file.as_uri(),
    ):
        page.goto(address)
        expect(page.locator(".span")).to_have_count(3000)
        expect(page.locator(".detail h3")).to_have_text("step 0")


@pytest.mark.parametrize("size", [400, 1280])
def test_bars_of_deep_spans_keep_to_one_time_axis(page, viewer, size):
    page.set_viewport_size({"width": size, "height": 900})
    page.goto(f"{viewer.url}/traces/{chain(40)}")
    expect(page.locator(".span")).to_have_count(40)
    left = "bars => new Set(bars.map((bar) => Math.round(bar.getBoundingClientRect().right))).size"
    assert page.locator(".span .bar").evaluate_all(left) == 1
    indents = page.locator(".span").evaluate_all("rows => rows.map((row) => row.getBoundingClientRect().left)")
    assert indents == sorted(set(indents))
    assert width(page) <= size


def test_what_cannot_be_drawn_is_said(page, viewer):
    trace_id = chain(2)
    document = spanloom.get_trace(trace_id).to_dict()
    document["data"]["spans"] = None
    page.route(f"**/api/traces/{trace_id}", lambda route: route.fulfill(json=document))
    page.goto(f"{viewer.url}/traces/{trace_id}")
    expect(page.locator("main [role=alert]")).to_contain_text("null")
