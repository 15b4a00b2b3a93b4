"""The tools that an agent called, read from its trace, and those that it should have called."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from spanloom.errors import EvaluationError
from spanloom.tracing import attributes
from spanloom.tracing.json_text import json_or_text
from spanloom.tracing.traces import ReadableSpan, Trace
from spanloom.tracing.vocabulary import SpanType

__all__ = ["ToolCall", "called_tools", "expected_tool_calls", "outermost"]

_EXPECTATIONS: Final = ("expected_tool_calls", "tool_calls")  # MLflow's name, and the short one


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool.

    Attributes:
        name: Name of the tool.
        arguments: By name; as expected, `None` for any.
    """

    name: str
    arguments: Any = None

    def __str__(self) -> str:
        return self.name if self.arguments is None else f"{self.name}({orjson.dumps(self.arguments).decode()})"


def called_tools(trace: Trace) -> list[ToolCall]:
    """Return the calls in the order in which they began: the TOOL spans of the trace.

    A tool span below another one of the same tool is the same call, seen by a second instrumentation. If nobody ran a
    tool, they are the calls that the answer asks for, or else those that the models asked for.

    Example:
        >>> called_tools(spanloom.get_trace(trace_id))
        [ToolCall(name='get_weather', arguments={'city': 'Paris'})]
    """
    ran = [
        ToolCall(_tool_name(span), json_or_text(span.inputs)) for span in outermost(trace, SpanType.TOOL, _tool_name)
    ]
    if ran:
        return ran
    roots = [span.outputs for span in trace.data.spans if span.parent_id is None]
    models = [span.outputs for span in trace.data.spans if span.span_type in {SpanType.CHAT_MODEL, SpanType.LLM}]
    return list(_asked(roots)) or list(_asked(models))


def outermost(trace: Trace, span_type: str, name: Any = lambda _: None) -> list[ReadableSpan]:
    """Return the spans of this type, without those that stand below another one of this type and the same name."""
    spans = {span.span_id: span for span in trace.data.spans}

    def is_inner(span: ReadableSpan) -> bool:
        above = spans.get(span.parent_id or "")
        while above is not None:
            if above.span_type == span_type and name(above) == name(span):
                return True
            above = spans.get(above.parent_id or "")
        return False

    return [span for span in trace.search_spans(span_type=span_type) if not is_inner(span)]


def expected_tool_calls(expectations: Mapping[str, Any], scorer: str) -> list[ToolCall]:
    """Return the calls that are expected.

    Raises:
        EvaluationError: If none are named, or not as calls.
    """
    for name in _EXPECTATIONS:
        if expectations.get(name) is not None:
            return [_expected(call, scorer) for call in expectations[name]]
    raise EvaluationError(
        f"the scorer {scorer!r} needs expectations={{'expected_tool_calls': [{{'name': …, 'arguments': {{…}}}}]}}; "
        f"the row has {sorted(expectations) or 'none'}"
    )


def _expected(call: Any, scorer: str) -> ToolCall:
    if isinstance(call, str):
        return ToolCall(call)
    function = call.get("function", call) if isinstance(call, Mapping) else {}
    if not isinstance(function, Mapping) or not isinstance(function.get("name"), str):
        raise EvaluationError(
            f"the scorer {scorer!r} was given the expected tool call {call!r}; expected the name of a tool, or "
            "{'name': …, 'arguments': {…}}"
        )
    return ToolCall(function["name"], json_or_text(function.get("arguments")))


def _tool_name(span: ReadableSpan) -> str:
    return str(span.attributes.get(attributes.TOOL_NAME, span.name))


def _asked(outputs: Sequence[Any]) -> Iterator[ToolCall]:
    """Find calls in responses, messages and chat completions."""
    for value in outputs:
        if isinstance(value, list):
            yield from _asked(value)
        elif isinstance(value, dict):
            if value.get("type") == "function_call" and "name" in value:
                yield ToolCall(str(value["name"]), json_or_text(value.get("arguments")))
            for call in value.get("tool_calls") or ():
                function = call.get("function", call) if isinstance(call, dict) else {}
                if "name" in function:
                    yield ToolCall(str(function["name"]), json_or_text(function.get("arguments", function.get("args"))))
            yield from _asked([value[key] for key in ("messages", "output", "choices", "message") if key in value])
