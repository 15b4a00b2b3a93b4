"""What notebooks show of traces, in a real browser."""

from __future__ import annotations

from browsing import expect, width

import spanloom


def test_a_trace_unfolds_without_a_script(page, run_agent):
    trace = spanloom.get_trace(run_agent())
    page.set_content(trace._repr_html_())
    expect(page.locator("body")).to_contain_text("weather_agent")
    expect(page.locator("body")).to_contain_text("1,443 tokens")
    expect(page.locator("summary b")).to_have_text(["weather_agent", "chat gpt-5", "forecast"])
    expect(page.get_by_text('"temperature": 0.5')).to_be_hidden()
    page.locator("summary", has_text="chat gpt-5").click()
    expect(page.get_by_text('"temperature": 0.5')).to_be_visible()
    page.locator("summary", has_text="forecast").click()
    expect(page.get_by_text("ValueError: no forecast for 3 days")).to_be_visible()
    assert "<script" not in trace._repr_html_()


def test_a_search_is_a_table(page, run_agent):
    first, second = run_agent(), run_agent()
    page.set_content(spanloom.search_traces()._repr_html_())
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator("tbody code")).to_have_text([second, first])
    expect(page.locator("tbody tr").first).to_contain_text("Weather in Paris?")


def test_ten_traces_stay_light():
    for _ in range(10):
        with spanloom.start_span("agent") as span:
            span.set_inputs("x" * 100_000)
            for number in range(300):
                with spanloom.start_span(f"step {number}"):
                    pass
    shown = [trace._repr_html_() for trace in spanloom.search_traces()]
    assert len(shown) == 10
    assert all("101 more spans" in html for html in shown)
    assert sum(map(len, shown)) < 1_500_000


def test_a_chain_deeper_than_the_stack_is_shown():
    spans = [spanloom.start_span_no_context("root")]
    for number in range(1500):
        spans.append(spanloom.start_span_no_context(f"step {number}", parent_span=spans[-1]))
    for span in reversed(spans):
        span.end()
    trace = spanloom.get_trace(spans[0].trace_id)
    assert "more spans" in trace._repr_html_()


def test_a_long_name_does_not_widen_the_notebook(page):
    with spanloom.start_span("x" * 3000) as span:
        pass
    page.set_content(spanloom.get_trace(span.trace_id)._repr_html_())
    assert width(page) <= 1280


def test_no_digit_of_a_duration_is_made_up():
    with spanloom.start_span("quick") as span:
        pass
    document = spanloom.get_trace(span.trace_id).to_dict()
    written = []
    for milliseconds, exact_ns in ((0, 20_000), (1, 1_899_000)):
        [quick] = document["data"]["spans"]
        quick["end_time_ns"] = quick["start_time_ns"] + exact_ns
        document["info"]["execution_duration"] = milliseconds
        written.append(spanloom.Trace.from_dict(document)._repr_html_())
    assert "&lt;1 ms" in written[0]
    assert "· &lt;0.1 ms" in written[0]
    assert "> · 1 ms" in written[1]
    assert "· 1.9 ms" in written[1]
