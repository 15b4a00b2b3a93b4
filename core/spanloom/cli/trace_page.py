"""One trace in full: what it is, its span tree, and what went through each span."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.style import Style
from rich.table import Table
from rich.text import Text

from spanloom.cli.assessments import assessment_line
from spanloom.cli.formats import dollars, duration, elapsed, local_time, one_line, tokens_in_full
from spanloom.cli.payloads import payload_line
from spanloom.cli.span_rows import span_rows
from spanloom.cli.span_tree import SpanTree, hint, style_of_status, style_of_type
from spanloom.tracing import attributes
from spanloom.tracing.traces import ReadableSpan, Trace, TraceInfo
from spanloom.tracing.vocabulary import SpanType

__all__ = ["totals", "trace_page"]

_WRAPPERS = frozenset({SpanType.CHAIN, SpanType.WORKFLOW, SpanType.TASK})
"""Steps that hand on what the spans below them show."""

_PREVIEW = 400


def trace_page(trace: Trace) -> Group:
    """Return everything `spanloom traces show` prints."""
    parts: list[RenderableType] = [_title(trace.info), _facts(trace), Text(), SpanTree(trace)]
    failures_below = {(span.parent_id, span.status_message) for span in trace.data.spans if span.status_message}
    for row in span_rows(trace):
        span = row.span
        hands_on = not row.is_leaf and (span.span_type in _WRAPPERS or span.parent_id is None)
        fails_itself = span.status_message and (span.span_id, span.status_message) not in failures_below
        if fails_itself or not hands_on:
            parts += [Text(), _span(span)]
    return Group(*parts)


def totals(trace: Trace) -> Text:
    """Return one line: time, calls and tokens of the whole trace."""
    info = trace.info
    facts = [duration(info.execution_duration)] if info.execution_duration is not None else ["still running"]
    for span_type, singular in ((SpanType.CHAT_MODEL, "model call"), (SpanType.TOOL, "tool call")):
        count = len(trace.search_spans(span_type=span_type))
        if count:
            facts.append(f"{count} {singular}{'' if count == 1 else 's'}")
    return Text(" · ".join([*facts, *_usage(info)]))


def _title(info: TraceInfo) -> Text:
    return Text.assemble(
        ("● ", style_of_status(info.state)),
        (one_line(info.name, 80), "bold"),
        (f" {info.state}", style_of_status(info.state) + Style(bold=True)),
        (f"  {info.trace_id}", "dim"),
    )


def _facts(trace: Trace) -> Padding:
    info = trace.info
    time = local_time(info.request_time)
    took = duration(info.execution_duration) if info.execution_duration is not None else "still running"
    facts = {
        "asked": one_line(info.request_preview or "", _PREVIEW),
        "answered": one_line(info.response_preview or "", _PREVIEW),
        "time": f"{took}, {time:%Y-%m-%d %H:%M:%S} ({elapsed(info.request_time)})",
        "usage": " · ".join(_usage(info)),
        "experiment": one_line(info.experiment),
        "session": one_line(info.session_id or ""),
        "user": one_line(info.user or ""),
        "request id": one_line(info.client_request_id or ""),
        "tags": _pairs(info.tags),
        "metadata": _pairs(info.trace_metadata),
    }
    lines = [(label, Text(text)) for label, text in facts.items() if text]
    return _labelled([*lines, *((said.type, assessment_line(said, trace)) for said in info.assessments)])


def _usage(info: TraceInfo) -> Iterator[str]:
    if info.token_usage is not None:
        yield f"{info.token_usage.total:,} tokens: {tokens_in_full(info.token_usage)}"
    if info.cost is not None:
        yield dollars(info.cost)


def _pairs(values: dict[str, str]) -> str:
    return one_line(", ".join(f"{key}={value}" for key, value in values.items()))


def _span(span: ReadableSpan) -> Group:
    title = Text.assemble(
        (one_line(span.span_type, 24), style_of_type(span.span_type)),
        " ",
        (one_line(span.name, 80), "bold"),
        (" · ".join(["", *_span_facts(span)]), "dim"),
    )
    lines = [
        (label, Text(text))
        for label, text in (("in", payload_line(span.inputs)), ("out", payload_line(span.outputs)))
        if text
    ]
    if span.status_message:
        lines.append((span.status.lower(), Text(one_line(span.status_message), style_of_status(span.status))))
    return Group(title, _labelled(lines))


def _span_facts(span: ReadableSpan) -> Iterator[str]:
    about = hint(span) if span.span_type != SpanType.TOOL else ""
    if about:
        yield about
    yield duration(span.duration_ms)
    first_chunk = span.attributes.get(attributes.TIME_TO_FIRST_CHUNK_MS)
    if isinstance(first_chunk, int | float):
        yield f"first chunk after {duration(first_chunk)}"
    usage = span.token_usage
    if usage is not None:
        yield f"{tokens_in_full(usage)} tokens"
    if span.cost is not None:
        yield dollars(span.cost)


def _labelled(lines: list[tuple[str, Text]]) -> Padding:
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for label, text in lines:
        table.add_row(label, text)
    return Padding(table, (0, 0, 0, 2))
