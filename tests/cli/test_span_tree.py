from __future__ import annotations

import io
import textwrap

import pytest
from rich.cells import cell_len
from rich.console import Console

from spanloom.cli.span_tree import SpanTree
from spanloom.tracing.traces import ReadableSpan, Trace, TraceData, TraceInfo

MS = 1_000_000


def make_span(
    span_id: str, parent_id: str | None, kind: str, name: str, start: int, end: int, **fields
) -> ReadableSpan:
    """Times in milliseconds."""
    times = {"start_time_ns": start * MS, "end_time_ns": end * MS}
    facts = {"trace_id": "ab" * 16, "status": "OK", **fields}
    return ReadableSpan(span_id=span_id, parent_id=parent_id, span_type=kind, name=name, **times, **facts)


def make_trace(*spans: ReadableSpan) -> Trace:
    info = TraceInfo(trace_id="ab" * 16, experiment="Default", name="agent", state="OK", request_time=0)
    return Trace(info, TraceData(list(spans)))


USAGE = {"gen_ai.usage.input_tokens": 1158, "gen_ai.usage.output_tokens": 38, "gen_ai.request.model": "gpt-test"}
AGENT = make_trace(
    make_span("1", None, "AGENT", "agent", 0, 2000),
    make_span("2", "1", "CHAT_MODEL", "ChatOpenAI", 0, 500, attributes=USAGE),
    make_span("3", "1", "TASK", "tools", 500, 1500),
    make_span("4", "3", "TOOL", "get_weather", 500, 1000, inputs={"city": "Paris"}),
    make_span("5", "3", "TOOL", "get_weather", 500, 1500, inputs={"city": "Oslo"}, status="ERROR"),
    make_span("6", "1", "my own type", "end", 2000, 2000),
)


def render(trace: Trace, *, width: int = 200, terminal: bool = False, encoding: str = "utf-8") -> list[str]:
    file = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="replace")
    console = Console(file=file, width=width, force_terminal=terminal, color_system=None, legacy_windows=False)
    console.print(SpanTree(trace))
    file.seek(0)
    return file.read().splitlines()


def test_plain_text_has_types_names_durations_and_tokens_in_columns():
    assert [line.rstrip() for line in render(AGENT)] == textwrap.dedent("""\
        AGENT agent                       2.00 s
        ├ CHAT_MODEL ChatOpenAI gpt-test  500 ms  1,158 → 38
        ├ TASK tools                      1.00 s
        │ ├ TOOL get_weather Paris        500 ms
        │ └ TOOL ERROR get_weather Oslo   1.00 s
        └ my own type end                  <1 ms
        """).splitlines()


def test_a_terminal_gets_a_bar_where_the_span_lies_in_time():
    lines = render(AGENT, terminal=True, width=78)
    start = lines[0].index("━")
    bars = [line[start : start + 24].rstrip() for line in lines]
    assert lines[0].rstrip().endswith(f"  {'━' * 24}")
    assert bars[1] == "━" * 6
    assert bars[3] == " " * 6 + "━" * 6
    assert bars[4] == " " * 6 + "━" * 12
    assert bars[5] == " " * 23 + "╺"  # nothing long, yet seen


@pytest.mark.parametrize("width", [30, 80, 120])
def test_no_line_is_wider_than_the_terminal(width: int):
    deep = [make_span(str(i), str(i - 1), "CHAIN", "a name that is not short", 0, 9) for i in range(1, 60)]
    lines = render(make_trace(*AGENT.data.spans, *deep), terminal=True, width=width)
    assert len(lines) == len(AGENT.data.spans) + len(deep)
    assert max(cell_len(line) for line in lines) <= width


def test_ten_thousand_nested_spans_are_drawn():
    spans = [make_span(str(i), str(i - 1), "CHAIN", "step", 0, 1) for i in range(10_000)]
    assert len(render(make_trace(*spans), terminal=True, width=80)) == 10_000


def test_a_span_whose_parent_is_not_stored_stands_at_the_top():
    lines = render(
        make_trace(make_span("2", "lost", "TOOL", "orphan", 0, 1), make_span("3", "2", "TASK", "child", 0, 1))
    )
    assert [line.split()[:3] for line in lines] == [["TOOL", "orphan", "1"], ["└", "TASK", "child"]]


def test_names_can_not_control_the_terminal():
    hostile = "\x1b]0;owned\x07\x1b[31mred\n\r\u202eevil"
    [line] = render(make_trace(make_span("1", None, hostile, hostile, 0, 1)), terminal=True, width=120)
    assert not set("\x1b\x07\r\u202e") & set(line)
    assert "red" in line


def test_an_output_that_only_knows_ascii_gets_ascii_guides():
    lines = render(AGENT, encoding="ascii")
    assert lines[3].startswith("| + TOOL get_weather Paris")
    assert lines[5].startswith("` my own type")


def test_a_trace_without_spans_is_no_line():
    assert render(make_trace()) == []
