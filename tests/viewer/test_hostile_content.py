"""Whatever traces hold is text on the page, in the browser and in the exported file."""

from __future__ import annotations

import pytest
from browsing import expect

import spanloom
from spanloom import SpanType
from spanloom.viewer.static_page import static_page

EVIL = "</script><script>hacked()</script><img src=x onerror=hacked()><!--<script>"
LINK = "javascript:hacked()"
IMAGES = [
    {"type": "image_url", "image_url": {"url": url}} for url in (LINK, "data:text/html,<script>hacked()</script>")
]


def run_hostile(span_type: str = EVIL) -> None:
    call = {"id": EVIL, "type": "function", "function": {"name": EVIL, "arguments": EVIL}}
    message = {"role": EVIL, "name": EVIL, "content": [{"type": "text", "text": EVIL}, *IMAGES], "tool_calls": [call]}
    answer = {"role": "assistant", "content": EVIL, "reasoning_content": EVIL, "refusal": EVIL}
    labels = {"session_id": EVIL, "user": EVIL, "tags": {EVIL: EVIL}, "metadata": {EVIL: EVIL}}
    with spanloom.start_span(EVIL, span_type, {EVIL: EVIL, "gen_ai.request.model": EVIL}) as span:
        spanloom.update_current_trace(**labels, client_request_id=EVIL, request_preview=EVIL, response_preview=EVIL)
        span.set_inputs({"messages": [message], EVIL: EVIL})
        span.set_outputs({"messages": [answer]})
        raise ValueError(EVIL)


@pytest.fixture
def trace_id():
    with pytest.raises(ValueError, match="hacked"):
        run_hostile()
    trace_id = spanloom.get_last_active_trace_id()
    source = spanloom.AssessmentSource("HUMAN", EVIL)
    spanloom.log_feedback(trace_id, EVIL, EVIL, source=source, rationale=EVIL)
    return trace_id


def assert_harmless(page):
    page.evaluate("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    expect(page.locator("main :is(img, script:not([type]), iframe), [onerror]")).to_have_count(0)
    links = page.locator("main a").evaluate_all("links => links.map((link) => link.href)")
    assert [link for link in links if not link.startswith("http")] == []
    assert page.evaluate("typeof hacked") == "undefined"


def test_in_the_list(page, viewer, trace_id):
    page.goto(viewer.url)
    expect(page.locator("#traces td.name")).to_have_text(EVIL)
    assert_harmless(page)


def test_on_the_page_of_a_trace(page, viewer, trace_id):
    page.goto(f"{viewer.url}/traces/{trace_id}")
    expect(page.locator(".span")).to_contain_text(EVIL)
    expect(page.locator(".assessments")).to_contain_text(EVIL)
    expect(page.locator(".message").first).to_contain_text(LINK)
    assert_harmless(page)


def test_in_a_session(page, viewer, trace_id):
    page.goto(f"{viewer.url}/traces/{trace_id}")
    page.locator("dd a").click()
    expect(page.locator("#turns .question")).to_have_text(EVIL)
    assert_harmless(page)


def test_in_an_exported_file(page, trace_id, tmp_path):
    file = tmp_path / "trace.html"
    file.write_text(static_page(spanloom.get_trace(trace_id)), encoding="utf-8")
    page.goto(file.as_uri())
    expect(page.locator(".span")).to_contain_text(EVIL)
    expect(page.locator(".message").first).to_contain_text(LINK)
    expect(page).to_have_title(EVIL)
    assert_harmless(page)


def test_in_a_comparison(page, viewer, trace_id):
    with pytest.raises(ValueError, match="hacked"):
        run_hostile()
    page.goto(f"{viewer.url}/compare/{trace_id}/{spanloom.get_last_active_trace_id()}")
    expect(page.locator(".span")).to_contain_text(EVIL)
    assert_harmless(page)


@pytest.mark.parametrize("group", ["agent", "model", "tool"])
def test_on_the_charts(page, viewer, trace_id, group):
    with pytest.raises(ValueError, match="hacked"):
        run_hostile(SpanType.TOOL if group == "tool" else SpanType.CHAT_MODEL)
    page.goto(f"{viewer.url}/charts?group={group}")
    expect(page.locator(".groups tbody th")).to_have_text([EVIL])
    assert_harmless(page)


def test_in_a_notebook(page, trace_id):
    page.set_content(f"<main>{spanloom.get_trace(trace_id)._repr_html_()}</main>")
    expect(page.locator("summary b")).to_have_text([EVIL])
    assert_harmless(page)
    page.set_content(f"<main>{spanloom.search_traces()._repr_html_()}</main>")
    expect(page.locator("tbody td").nth(2)).to_have_text(EVIL)
    assert_harmless(page)


def test_an_exported_file_refers_to_nothing(trace_id):
    text = static_page(spanloom.get_trace(trace_id))
    assert "default-src 'none'" in text
    for reference in (" href=", " src=", "@import", "url("):
        assert reference not in text.replace(EVIL.replace("<", "\\u003c"), "")
