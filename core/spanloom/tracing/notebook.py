"""Traces as notebooks show them: plain HTML, without scripts, style sheets or anything to load.

Notebooks that are opened elsewhere keep no more than elements and their own styles, so there is nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, Final

import orjson

from spanloom.tracing.snapshot import cut_text

if TYPE_CHECKING:
    from spanloom.tracing.traces import ReadableSpan, Trace, TraceInfo

__all__ = ["trace_html", "traces_html"]

_MAX_SPANS: Final = 200
_MAX_PAYLOAD: Final = 4000
"""Characters of inputs and of outputs each: a notebook with many traces stays light."""
_MAX_ROWS: Final = 50
_MAX_PREVIEW: Final = 120
_MAX_INDENT: Final = 20

_SOFT: Final = "opacity:.7;font-size:.9em"
_BAR: Final = "display:inline-block;position:relative;width:12em;height:.55em;background:rgba(128,128,128,.18)"
_PRE: Final = "margin:.2em 0 .4em 1.5em;white-space:pre-wrap;overflow-wrap:anywhere;max-height:20em;overflow:auto"
_COLORS: Final = {"AGENT": "#8f63d8", "CHAT_MODEL": "#4f86e0", "LLM": "#4f86e0", "TOOL": "#2b9c70"}
_OTHER_COLOR: Final = "#888"
_BAD: Final = "#d5483f"
_SIGNS: Final = {"OK": "✓", "ERROR": "✗", "CANCELLED": "■", "IN_PROGRESS": "…"}


def trace_html(trace: Trace) -> str:
    """Return a trace as a tree of spans that unfold, on a timeline."""
    info, spans = trace.info, trace.data.spans
    shown = spans[:_MAX_SPANS]
    known = {span.span_id for span in shown}
    children: dict[str | None, list[ReadableSpan]] = {}
    for span in shown:
        children.setdefault(span.parent_id if span.parent_id in known else None, []).append(span)
    begun = min((span.start_time_ns for span in spans), default=0)
    total = max((span.end_time_ns - begun for span in spans), default=0) or 1
    tree = "".join(_rows(children, begun, total))
    more = f"<p style='{_SOFT}'>… {len(spans) - len(shown)} more spans</p>" if len(spans) > len(shown) else ""
    facts = [_state(info.state), *_facts(info), f"<code>{escape(info.trace_id)}</code>"]
    return (
        f"<div style='overflow-wrap:anywhere'><b>{escape(info.name)}</b> "
        f"<span style='{_SOFT}'>{' · '.join(facts)}</span>"
        f"{_text(info.request_preview)}{_text(info.response_preview)}{tree}{more}</div>"
    )


def traces_html(traces: Sequence[Trace]) -> str:
    """Return traces as a small table."""
    heads = "".join(f"<th style='text-align:left'>{name}</th>" for name in ("", "ID", "Name", "Facts", "Asked"))
    rows = "".join(_row(trace.info) for trace in traces[:_MAX_ROWS])
    more = f"<p style='{_SOFT}'>… {len(traces) - _MAX_ROWS} more traces</p>" if len(traces) > _MAX_ROWS else ""
    return f"<div><table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{more}</div>"


def _row(info: TraceInfo) -> str:
    asked = cut_text(info.request_preview or "", _MAX_PREVIEW)
    cells = (
        _state(info.state, sign=True),
        f"<code>{escape(info.trace_id)}</code>",
        escape(info.name),
        " · ".join(_facts(info)),
        escape(asked),
    )
    return "".join(("<tr>", *(f"<td style='text-align:left'>{cell}</td>" for cell in cells), "</tr>"))


def _facts(info: TraceInfo) -> Iterable[str]:
    if info.execution_duration is not None:
        yield _duration(info.execution_duration)
    if info.token_usage is not None and info.token_usage.total_tokens is not None:
        yield f"{info.token_usage.total_tokens:,} tokens"
    if info.cost is not None:
        yield f"${info.cost:.4f}"


def _state(state: str, *, sign: bool = False) -> str:
    word = escape(state.replace("_", " ").lower())
    color = f" style='color:{_BAD}'" if state == "ERROR" else ""
    return f"<span{color} title='{word}'>{_SIGNS.get(state, '?') if sign else word}</span>"


def _text(preview: str | None) -> str:
    if not preview:
        return ""
    return f"<div style='margin:.2em 0;white-space:pre-wrap;overflow-wrap:anywhere'>{escape(preview)}</div>"


def _rows(children: dict[str | None, list[ReadableSpan]], begun: int, total: int) -> Iterable[str]:
    """Write the spans, each before those below it; not recursive, as a tree may be deeper than Python's stack."""
    waiting = [(span, 0) for span in reversed(children.get(None, ()))]
    while waiting:
        span, depth = waiting.pop()
        yield _span(span, depth, begun, total)
        waiting += [(child, depth + 1) for child in reversed(children.get(span.span_id, ()))]


def _span(span: ReadableSpan, depth: int, begun: int, total: int) -> str:
    color = _BAD if span.status == "ERROR" else _COLORS.get(span.span_type, _OTHER_COLOR)
    place = f"left:{100 * (span.start_time_ns - begun) / total:.1f}%"
    width = f"width:{max(0.5, 100 * (span.end_time_ns - span.start_time_ns) / total):.1f}%"
    bar = (
        f"<span style='{_BAR}'><span style='position:absolute;top:0;bottom:0;background:{color};{place};{width}'>"
        "</span></span>"
    )
    said = f"<div style='margin-left:1.5em;color:{_BAD}'>{escape(span.status_message)}</div>"
    return (
        f"<details><summary style='padding:.15em 0'>{bar} "
        f"<b style='overflow-wrap:anywhere;margin-left:{min(depth, _MAX_INDENT) * 1.2:.1f}em'>{escape(span.name)}</b> "
        f"<span style='{_SOFT}'>{escape(span.span_type)} · {_duration(span.duration_ms)}</span></summary>"
        f"{said if span.status_message else ''}{_payload('Inputs', span.inputs)}{_payload('Outputs', span.outputs)}"
        "</details>"
    )


def _payload(title: str, value: Any) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    return (
        f"<div style='margin-left:1.5em;{_SOFT}'>{title}</div>"
        f"<pre style='{_PRE}'>{escape(cut_text(text, _MAX_PAYLOAD))}</pre>"
    )


def _duration(milliseconds: float) -> str:
    """Write no digit that isn't known: traces have whole milliseconds, spans have parts of them."""
    if milliseconds >= 1000:  # noqa: PLR2004
        return f"{milliseconds / 1000:.2f} s"
    if isinstance(milliseconds, int):
        return f"{milliseconds} ms" if milliseconds else "&lt;1 ms"
    return f"{milliseconds:.1f} ms" if milliseconds >= 0.05 else "&lt;0.1 ms"  # noqa: PLR2004
