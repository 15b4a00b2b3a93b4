from __future__ import annotations

import threading

import spanloom
from spanloom.otlp.semantic_conventions import semantic_attributes
from spanloom.prompts import linked_traces_filter
from spanloom.tracing.attributes import LINKED_PROMPTS


def names(filter_string: str) -> list[str]:
    return [trace.info.name for trace in spanloom.search_traces(filter_string)]


def test_a_prompt_loaded_in_a_span_is_linked_to_it_and_its_trace():
    for version in range(2):
        spanloom.register_prompt("greet", f"{version}")
    spanloom.register_prompt("gree", "Hi")
    with spanloom.start_span("both"):
        spanloom.load_prompt("greet", 1)
        spanloom.load_prompt("greet", 1)
        with spanloom.start_span("inner"):
            spanloom.load_prompt("greet@latest")
    with spanloom.start_span("other"):
        spanloom.load_prompt("gree")
    (trace,) = spanloom.search_traces("name = 'both'")
    on_spans = {span.name: span.attributes[LINKED_PROMPTS] for span in trace.data.spans}
    first, second = ({"name": "greet", "version": str(number)} for number in (1, 2))
    assert on_spans == {"both": [first], "inner": [second]}
    assert trace.info.tags[LINKED_PROMPTS] == '[{"name":"greet","version":"1"},{"name":"greet","version":"2"}]'
    assert names(linked_traces_filter("greet", 2)) == ["both"]
    assert names(linked_traces_filter("greet")) == ["both"]
    assert names(linked_traces_filter("gree", 1)) == ["other"]
    assert names(linked_traces_filter("greet", 3)) == names(linked_traces_filter("g.eet", 1)) == []


def test_outside_of_spans_nothing_is_linked():
    spanloom.register_prompt("greet", "Hi")
    spanloom.load_prompt("greet")
    with spanloom.tracing_disabled(), spanloom.start_span("off"):
        assert spanloom.load_prompt("greet").format() == "Hi"
    assert spanloom.search_traces() == []


def test_threads_of_one_trace_lose_no_link():
    for number in range(20):
        spanloom.register_prompt(f"p{number}", "Hi")
    with spanloom.start_span("root") as root:

        def load(number: int) -> None:
            with spanloom.tracing.use_span(root):
                spanloom.load_prompt(f"p{number}")

        threads = [threading.Thread(target=load, args=(number,)) for number in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    linked = root.attributes[LINKED_PROMPTS]
    assert sorted(each["name"] for each in linked) == sorted(f"p{number}" for number in range(20))
    assert all(len(spanloom.search_traces(linked_traces_filter(each["name"], 1))) == 1 for each in linked)


def test_the_link_is_exported_in_the_words_of_mlflow():
    spanloom.register_prompt("greet", "Hi")
    with spanloom.start_span("root") as root:
        spanloom.load_prompt("greet")
    told = semantic_attributes(root, root.active_trace)
    expected = '[{"name":"greet","version":"1"}]'
    assert told[LINKED_PROMPTS] == told["mlflow.linkedPrompts"] == expected
    for key in (LINKED_PROMPTS, "mlflow.linkedPrompts"):
        assert told[f"mlflow.traceTag.{key}"] == expected
    with spanloom.start_span("none") as none:
        pass
    assert not any("inked" in key for key in semantic_attributes(none, none.active_trace))
