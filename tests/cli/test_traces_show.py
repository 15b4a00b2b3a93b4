from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path

import pytest

import spanloom
from spanloom.testing import outline
from spanloom.tracing import attributes

CALL = {"id": "call_1", "type": "function", "function": {"name": "get_weather", "arguments": '{"city": "Oslo"}'}}
USAGE = spanloom.TokenUsage(158, 38, None, cache_read_input_tokens=64, reasoning_output_tokens=12)


@spanloom.trace(name="get_weather", span_type=spanloom.SpanType.TOOL)
def look_up(city: str) -> None:
    raise LookupError("no such\nstation")


@pytest.fixture
def trace_id() -> str:
    with spanloom.start_span("weather_agent", spanloom.SpanType.AGENT) as root:
        root.set_inputs({"input": [{"role": "user", "content": "Is it warm\x1b[31m?"}]})
        root.set_outputs({"output": [{"role": "assistant", "content": [{"type": "output_text", "text": "No."}]}]})
        spanloom.update_current_trace(tags={"env": "prod"}, session_id="conv_1", user="ann", metadata={"version": "7"})
        with spanloom.start_span("ChatOpenAI", spanloom.SpanType.CHAT_MODEL) as model:
            model.set_attribute(attributes.REQUEST_MODEL, "gpt-test")
            model.set_inputs({"messages": [{"role": "user", "content": [{"type": "text", "text": "warm?"}]}]})
            model.set_outputs({"messages": [{"role": "assistant", "content": None, "tool_calls": [CALL]}]})
            model.set_token_usage(USAGE)
        with spanloom.start_span("tools", spanloom.SpanType.CHAIN), suppress(LookupError):
            look_up("Oslo")
    spanloom.flush()
    return root.trace_id


def test_the_page_shows_facts_tree_payloads_and_errors(trace_id: str, run_spanloom):
    finished = run_spanloom("traces", "show", trace_id)
    assert (finished.returncode, finished.stderr) == (0, "")
    page = re.sub(r"\d[\d.]* m?s\b|\d{4}-\d\d-\d\d [\d:]{8}", "<time>", finished.stdout)
    assert [re.sub(" +<time>", " <time>", line) for line in page.splitlines()] == [
        f"● weather_agent OK  {trace_id}",
        "  asked       Is it warm\ufffd[31m?",
        "  answered    No.",
        "  time <time>, <time> (just now)",
        "  usage       196 tokens: 158 (64 cached) → 38 (12 reasoning)",
        "  experiment  Default",
        "  session     conv_1",
        "  user        ann",
        "  tags        env=prod",
        "  metadata    version=7",
        "",
        "AGENT weather_agent <time>",
        "├ CHAT_MODEL ChatOpenAI gpt-test <time>  158 → 38",
        "└ CHAIN tools <time>",
        "  └ TOOL ERROR get_weather Oslo <time>",
        "",
        "CHAT_MODEL ChatOpenAI · gpt-test · <time> · 158 (64 cached) → 38 (12 reasoning) tokens",
        "  in   user: warm?",
        '  out  assistant: get_weather({"city": "Oslo"})',
        "",
        "TOOL get_weather · <time>",
        '  in     {"city":"Oslo"}',
        "  error  LookupError: no such station",
    ]


def test_another_process_shows_the_same_tree(trace_id: str, run_spanloom):
    finished = run_spanloom("traces", "show", trace_id, "--json")
    there = spanloom.Trace.from_json(finished.stdout)
    here = spanloom.get_trace(trace_id)
    assert here is not None
    assert outline(there) == outline(here)
    assert there.to_dict() == here.to_dict()


@pytest.mark.parametrize("spelling", [lambda whole: whole[:20], lambda whole: whole.upper(), lambda whole: "last"])
def test_a_trace_is_found_by_prefix_by_capitals_and_as_the_last(trace_id: str, invoke, spelling):
    shown = json.loads(invoke("traces", "show", spelling(trace_id), "--json").stdout)
    assert shown["info"]["trace_id"] == trace_id


def test_last_is_the_newest(trace_id: str, invoke):
    with spanloom.start_span("newer"):
        pass
    assert invoke("traces", "show", "last").stdout.startswith("● newer OK")


def test_an_ambiguous_prefix_lists_what_it_may_mean(trace_id: str, invoke):
    with spanloom.start_span("another"):
        pass
    result = invoke("traces", "show", trace_id[:4])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith(f"Error: 2 traces begin with '{trace_id[:4]}'; give more digits:\n")
    assert f"  {trace_id}  weather_agent\n" in result.stderr


@pytest.mark.parametrize("unknown", ["ffff", "", "not an id", "'; DROP TABLE traces; --"])
def test_an_unknown_id_lists_those_that_are_near(trace_id: str, invoke, unknown: str):
    result = invoke("traces", "show", unknown)
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"The nearest:\n  {trace_id}  weather_agent\n" in result.stderr


@pytest.mark.parametrize("wanted", ["last", "ffff"])
def test_an_empty_store_says_how_to_fill_it(invoke, wanted: str):
    result = invoke("traces", "show", wanted)
    assert result.exit_code == 1
    assert "`spanloom demo` makes one" in result.stderr


def test_a_missing_store_is_not_made(run_spanloom, tmp_path: Path):
    missing = tmp_path / "missing.db"
    assert run_spanloom("traces", "show", "last", "--store", f"sqlite:///{missing}").returncode == 1
    assert not missing.exists()


def test_any_json_may_be_a_payload(invoke):
    odd = [
        None,
        0,
        [],
        {},
        [[]],
        {"messages": []},
        {"messages": [3]},
        {"role": 1, "content": 2},
        "\x00\x9b",
        [{"a": 1}],
    ]
    odd += [{"role": "user", "content": [None, {"type": "image_url"}], "tool_calls": [None, {"function": 1}]}]
    for value in odd:
        with spanloom.start_span("odd", spanloom.SpanType.TOOL) as span:
            span.set_inputs(value)
            span.set_outputs({"messages": value})
        result = invoke("traces", "show", "last")
        assert result.exit_code == 0, (value, result.exception)


def test_an_id_is_required(invoke):
    assert invoke("traces", "show").exit_code == 2


ANSWER = {"role": "assistant", "content": "Sunny."}


@pytest.mark.parametrize(
    ("outputs", "line"),
    [
        ({"choices": [{"index": 0, "message": ANSWER}]}, "assistant: Sunny."),
        ({"messages": [ANSWER, None]}, "assistant: Sunny."),
        ({"messages": [ANSWER, {"content": "no role"}]}, "assistant: Sunny."),
        ({"candidates": [{"content": {"role": "model", "parts": [{"text": "Sunny."}]}}]}, "model: Sunny."),
        ({"generations": [[{"message": {"type": "ai", "content": "Sunny."}}]]}, "assistant: Sunny."),
        ({"output": [ANSWER, {"type": "function_call", "name": "f", "arguments": "{}"}]}, "assistant: f({})"),
        ({"output": [{"type": "function_call_output", "call_id": "c", "output": "7 °C"}]}, "tool: 7 °C"),
        ({"output": [{"city": "Oslo"}]}, '{"output":[{"city":"Oslo"}]}'),
    ],
)
def test_the_last_message_is_shown_in_whichever_shape(invoke, outputs: object, line: str):
    with spanloom.start_span("chat", spanloom.SpanType.CHAT_MODEL) as span:
        span.set_outputs(outputs)
    assert f"  out  {line}\n" in invoke("traces", "show", span.trace_id).stdout
