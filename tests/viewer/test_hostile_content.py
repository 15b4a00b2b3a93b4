"""Whatever traces hold is text on the page, in the browser and in the exported file."""

from __future__ import annotations

import browsing
import pytest
from browsing import Page

import spanloom
from spanloom.viewer.static_page import static_page

pytestmark = browsing.needs_browser

EVIL = "</script><script>hacked()</script><img src=x onerror=hacked()><!--<script>"
LINK = "javascript:hacked()"
IMAGES = [
    {"type": "image_url", "image_url": {"url": url}} for url in (LINK, "data:text/html,<script>hacked()</script>")
]


def run_hostile() -> None:
    call = {"id": EVIL, "type": "function", "function": {"name": EVIL, "arguments": EVIL}}
    message = {"role": EVIL, "name": EVIL, "content": [{"type": "text", "text": EVIL}, *IMAGES], "tool_calls": [call]}
    answer = {"role": "assistant", "content": EVIL, "reasoning_content": EVIL, "refusal": EVIL}
    labels = {"session_id": EVIL, "user": EVIL, "tags": {EVIL: EVIL}, "metadata": {EVIL: EVIL}}
    with spanloom.start_span(EVIL, EVIL, {EVIL: EVIL, "gen_ai.request.model": EVIL}) as span:
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


def assert_harmless(page: Page) -> None:
    for details in page.all("details"):
        page.browser.execute_script("arguments[0].open = true", details)
    assert page.all("main img, main script:not([type]), main iframe, [onerror]") == []
    assert [link for link in page.all("main a") if not link.get_attribute("href").startswith("http")] == []
    assert page.browser.execute_script("return typeof hacked") == "undefined"


def test_in_the_list(page, viewer, trace_id):
    page.open(viewer.url)
    page.find("#traces td.name", EVIL[:20])
    assert_harmless(page)


def test_on_the_page_of_a_trace(page, viewer, trace_id):
    page.open(f"{viewer.url}/traces/{trace_id}")
    page.find(".span", EVIL)
    page.find(".assessments", EVIL)
    page.find(".message", LINK)
    assert_harmless(page)


def test_in_a_session(page, viewer, trace_id):
    page.open(f"{viewer.url}/traces/{trace_id}")
    page.find("dd a", EVIL).click()
    page.find("#turns .question", EVIL)
    assert_harmless(page)


def test_in_an_exported_file(page, trace_id, tmp_path):
    file = tmp_path / "trace.html"
    file.write_text(static_page(spanloom.get_trace(trace_id)), encoding="utf-8")
    page.open(file.as_uri())
    page.find(".span", EVIL)
    page.find(".message", LINK)
    assert page.browser.title == EVIL
    assert_harmless(page)


def test_an_exported_file_refers_to_nothing(trace_id):
    text = static_page(spanloom.get_trace(trace_id))
    assert "default-src 'none'" in text
    for reference in (" href=", " src=", "@import", "url("):
        assert reference not in text.replace(EVIL.replace("<", "\\u003c"), "")
