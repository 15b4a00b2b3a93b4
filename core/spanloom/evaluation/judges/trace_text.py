"""Traces as judges read them: plain text, an indented line per span."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from spanloom.evaluation.tool_calls import called_tools, outermost
from spanloom.tracing import attributes
from spanloom.tracing.snapshot import cut_text
from spanloom.tracing.traces import ReadableSpan, Trace
from spanloom.tracing.vocabulary import SpanType

__all__ = ["available_tools_as_text", "tool_calls_as_text", "trace_as_text"]

_MAX_VALUE = 4_000
"""Characters of inputs or outputs."""
_MAX_TRACE = 100_000


def trace_as_text(trace: Trace) -> str:
    """Return every span: name, type, status, duration, inputs and outputs; long ones are cut, and say so.

    Example:
        >>> print(trace_as_text(trace))
        - agent (AGENT) OK, 812 ms
          inputs: {"question":"Weather in Paris?"}
          outputs: "Sunny."
    """
    return cut_text("\n".join(_lines(trace)), _MAX_TRACE)


def tool_calls_as_text(trace: Trace) -> str:
    """Return the calls of tools in order, with what came of them; empty if there were none."""
    ran = outermost(trace, SpanType.TOOL, lambda span: span.name)
    if not ran:
        return "\n".join(f"- {call}" for call in called_tools(trace))
    return "\n".join(f"- {span.name}({_json(span.inputs)}) -> {_outcome(span)}" for span in ran)


def available_tools_as_text(trace: Trace) -> str:
    """Return the definitions of the tools that the models were offered."""
    offered = [tool for span in trace.data.spans for tool in span.attributes.get(attributes.TOOL_DEFINITIONS) or ()]
    return "\n".join(dict.fromkeys(f"- {_json(tool)}" for tool in offered)) or "(unknown)"


def _lines(trace: Trace) -> Iterator[str]:
    depths: dict[str | None, int] = {None: -1}
    for span in trace.data.spans:
        depth = depths[span.span_id] = depths.get(span.parent_id, -1) + 1
        indent = "  " * depth
        yield f"{indent}- {span.name} ({span.span_type}) {span.status}, {span.duration_ms:.0f} ms"
        if span.status_message:
            yield f"{indent}  error: {span.status_message}"
        yield f"{indent}  inputs: {_json(span.inputs)}"
        yield f"{indent}  outputs: {_json(span.outputs)}"


def _outcome(span: ReadableSpan) -> str:
    return f"error: {span.status_message}" if span.status == "ERROR" else _json(span.outputs)


def _json(value: Any) -> str:
    return cut_text(orjson.dumps(value).decode(), _MAX_VALUE)
