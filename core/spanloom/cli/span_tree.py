"""The span tree: one line a span with its type, name, duration, place in time and tokens."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from rich.console import Console, ConsoleOptions, RenderResult
from rich.style import Style
from rich.text import Text

from spanloom.cli.formats import duration, one_line, tokens
from spanloom.cli.span_rows import SpanRow, span_rows
from spanloom.tracing import attributes
from spanloom.tracing.traces import ReadableSpan, Trace
from spanloom.tracing.vocabulary import SpanStatus, SpanType

__all__ = ["SpanTree", "hint", "style_of_status", "style_of_type"]

_GAP = 2
_BAR_MIN, _BAR_MAX = 14, 44

# Middle tones: readable on a dark and on a light background.
_GREY, _VIOLET, _BLUE, _AMBER, _GREEN, _RED = "#8a8a8a", "#af5fd7", "#0087ff", "#d78700", "#00a36c", "#e5484d"
_TYPE_COLORS = {
    **dict.fromkeys((SpanType.AGENT, SpanType.HANDOFF), _VIOLET),
    **dict.fromkeys((SpanType.CHAT_MODEL, SpanType.LLM), _BLUE),
    SpanType.TOOL: _AMBER,
    **dict.fromkeys((SpanType.RETRIEVER, SpanType.RERANKER, SpanType.EMBEDDING, SpanType.MEMORY), _GREEN),
    **dict.fromkeys((SpanType.GUARDRAIL, SpanType.EVALUATOR), "#d75f87"),
}
_STATUS_COLORS = {SpanStatus.OK: _GREEN, SpanStatus.ERROR: _RED, SpanStatus.CANCELLED: _AMBER}


def style_of_type(span_type: str) -> Style:
    """Return the style of a span type; a user's own types are grey, like plain steps."""
    return Style(color=_TYPE_COLORS.get(span_type, _GREY), bold=span_type in _TYPE_COLORS)


def style_of_status(status: str) -> Style:
    """Return the style of a span's status or a trace's state."""
    return Style(color=_STATUS_COLORS.get(status, _GREY))


class SpanTree:
    """A rich renderable. Durations, bars and tokens stand in columns; in plain text there are no bars.

    Args:
        trace: The trace, as read from the store.
    """

    def __init__(self, trace: Trace) -> None:
        self._rows = list(span_rows(trace))
        self._start = min((row.span.start_time_ns for row in self._rows), default=0)
        self._end = max((row.span.end_time_ns for row in self._rows), default=0)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        guides = _ASCII if options.ascii_only else _LINES
        lines = [
            _Line(_label(row, guides), duration(row.span.duration_ms), tokens(row.span.token_usage), row.span)
            for row in self._rows
        ]
        time_width = max((len(line.duration) for line in lines), default=0)
        token_width = max((len(line.tokens) for line in lines), default=0)
        bar_width, label_width = 0, max((line.label.cell_len for line in lines), default=0)
        if console.is_terminal:
            room = options.max_width - time_width - (token_width + _GAP if token_width else 0) - _GAP
            bar_width = 0 if options.ascii_only else max(_BAR_MIN, min(_BAR_MAX, room - label_width - _GAP))
            label_width = max(1, min(label_width, room - bar_width - (_GAP if bar_width else 0)))
        for line in lines:
            line.label.truncate(label_width, overflow="ellipsis", pad=True)
            cells = [line.label, Text(line.duration.rjust(time_width), style_of_duration(line.span))]
            if bar_width:
                cells.append(self._bar(line.span, bar_width))
            if line.tokens:
                cells.append(Text(line.tokens.rjust(token_width), "dim"))
            yield _joined(cells)

    def _bar(self, span: ReadableSpan, width: int) -> Text:
        """Return where the span lies in the trace's time, with a precision of half a character."""
        halves = 2 * width
        total = max(1, self._end - self._start)
        first = min(halves - 1, (span.start_time_ns - self._start) * halves // total)
        after = max(first + 1, min(halves, -((self._start - span.end_time_ns) * halves // total)))
        cells = "".join(_HALVES[first <= cell < after, first <= cell + 1 < after] for cell in range(0, halves, 2))
        style = style_of_status(span.status) if span.status == SpanStatus.ERROR else style_of_type(span.span_type)
        return Text(cells, style)


class _Line(NamedTuple):
    label: Text
    duration: str
    tokens: str
    span: ReadableSpan


class _Guides(NamedTuple):
    last: str
    other: str
    below_last: str
    below_other: str


_LINES = _Guides("└ ", "├ ", "  ", "│ ")
_ASCII = _Guides("` ", "+ ", "  ", "| ")
_HALVES = {(False, False): " ", (True, False): "╸", (False, True): "╺", (True, True): "━"}


def style_of_duration(span: ReadableSpan) -> Style:
    """Return red for what failed."""
    return style_of_status(span.status) if span.status == SpanStatus.ERROR else Style()


def _label(row: SpanRow, guides: _Guides) -> Text:
    span = row.span
    label = Text(no_wrap=True)
    label.append("".join(guides.below_last if is_last else guides.below_other for is_last in row.last[:-1]), "dim")
    if row.last:
        label.append(guides.last if row.last[-1] else guides.other, "dim")
    label.append(one_line(span.span_type, 24), style_of_type(span.span_type))
    if span.status not in (SpanStatus.OK, SpanStatus.UNSET):
        label.append(f" {span.status}", style_of_status(span.status) + Style(bold=True))
    label.append(f" {one_line(span.name, 80)}")
    about = hint(span)
    if about:
        label.append(f" {about}", "dim")
    return label


def hint(span: ReadableSpan) -> str:
    """Return what tells a span from its siblings of the same name: the model, or a tool's arguments."""
    if span.span_type == SpanType.TOOL:
        return _arguments(span.inputs)
    model = span.attributes.get(attributes.RESPONSE_MODEL) or span.attributes.get(attributes.REQUEST_MODEL)
    return one_line(model, 40) if isinstance(model, str) and model != span.name else ""


def _arguments(inputs: Any) -> str:
    if isinstance(inputs, str):
        return one_line(inputs, 40)
    if not isinstance(inputs, dict):
        return ""
    return one_line(", ".join(str(value) for value in inputs.values() if isinstance(value, str | int | float)), 40)


def _joined(cells: Iterable[Text]) -> Text:
    line = Text(" " * _GAP, no_wrap=True, end="").join(cells)
    line.end = "\n"
    line.no_wrap = True
    line.overflow = "crop"
    return line
