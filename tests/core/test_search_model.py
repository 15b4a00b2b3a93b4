"""SQL finds what a plain evaluation of the same tree over the traces finds."""

from __future__ import annotations

import fnmatch
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import spanloom
from spanloom.store.search import And, Comparison, Node, Not, Operator, Or, parse_filter
from spanloom.tracing.traces import ReadableSpan, Trace

pytestmark = pytest.mark.usefixtures("store_url")

NAMES = ["agent", "Agent", "a%b", "a_b*", "plan [x]", "größe"]
NUMBERS = [0, 1, 5, 1000]
TEXTS = [*NAMES, "AGENT", "OK", "ERROR", "TOOL", "1", "prod", "missing", "GRÖSSE"]


@pytest.fixture
def traces() -> list[Trace]:
    for number, name in enumerate(NAMES * 2):
        tags = {"env": NAMES[number % 4]} if number % 3 else {}
        session = name if number % 2 else None
        with spanloom.tracing_context(session_id=session, tags=tags), spanloom.start_span(name, "AGENT") as root:
            root.set_inputs(TEXTS[number % 5])
            for child in range(number % 4):
                with spanloom.start_span(TEXTS[(number + child) % 8], ["TOOL", "LLM"][child % 2]) as span:
                    span.set_attributes({"n": NUMBERS[child], "t": TEXTS[child]})
                    if child == 1:
                        span.set_attributes({"gen_ai.request.model": name})
                        span.set_token_usage(spanloom.TokenUsage(NUMBERS[number % 4], 1))
                    if number % 5 == child:
                        span.set_status("ERROR")
    return list(spanloom.search_traces())


def values_of(comparison: Comparison, trace: Trace, span: ReadableSpan | None) -> list[Any]:
    column, key = comparison.reference
    info, usage = trace.info, trace.info.token_usage
    if span is not None:
        model = span.attributes.get("gen_ai.request.model")
        plain = {"span.name": span.name, "span.type": span.span_type, "span.status": span.status, "span.model": model}
        return [plain[column.name] if key is None else span.attributes.get(key)]
    if column.name == "model":
        return [each.attributes.get("gen_ai.request.model") for each in trace.data.spans]
    if column.name == "tags":
        return [info.tags.get(key or "")]
    known = {
        "name": info.name,
        "status": info.state,
        "session": info.session_id,
        "input_tokens": usage.input_tokens if usage is not None else None,
        "start_time": info.request_time,
    }
    return [known[column.name]]


def like(value: str, pattern: str, flags: int) -> bool:
    parts = {"%": ".*", "_": "."}
    return re.fullmatch("".join(parts.get(c) or re.escape(c) for c in pattern), value, flags | re.DOTALL) is not None


def fits(comparison: Comparison, value: Any) -> bool:
    operator, wanted = comparison.operator, comparison.values
    if operator is Operator.IS_NULL:
        return value is None
    if value is None:
        return False
    if isinstance(wanted[0], str) and not isinstance(value, str):
        value = str(value)
    if isinstance(value, str) != isinstance(wanted[0], str):
        return False
    return {
        Operator.EQUAL: lambda: value == wanted[0],
        Operator.IN: lambda: value in wanted,
        Operator.LESS: lambda: value < wanted[0],
        Operator.LESS_OR_EQUAL: lambda: value <= wanted[0],
        Operator.GREATER: lambda: value > wanted[0],
        Operator.GREATER_OR_EQUAL: lambda: value >= wanted[0],
        Operator.LIKE: lambda: like(value, wanted[0], 0),
        Operator.ILIKE: lambda: like(value, wanted[0], re.IGNORECASE),
        Operator.RLIKE: lambda: re.search(wanted[0], value) is not None,
    }[operator]()


def spans_only(node: Node) -> bool:
    if isinstance(node, Comparison):
        return node.reference.column.of_span
    return not isinstance(node, Not) and all(map(spans_only, node.parts))


def holds(node: Node, trace: Trace, span: ReadableSpan | None = None) -> bool:  # noqa: PLR0911 - a case each
    if span is None and spans_only(node):
        return any(holds(node, trace, each) for each in trace.data.spans)
    if isinstance(node, Not):
        return not holds(node.part, trace)
    if isinstance(node, Or):
        return any(holds(part, trace, span) for part in node.parts)
    if isinstance(node, And):
        if span is not None:
            return all(holds(part, trace, span) for part in node.parts)
        of_span = tuple(part for part in node.parts if spans_only(part))
        others = all(holds(part, trace) for part in node.parts if not spans_only(part))
        return others and (not of_span or any(holds(And(of_span), trace, each) for each in trace.data.spans))
    values = values_of(node, trace, span)
    if node.operator is Operator.IS_NULL:
        return all(value is None for value in values) != node.negated
    return any(fits(node, value) for value in values) != node.negated


def quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


texts = st.sampled_from(TEXTS).map(quoted)
patterns = st.sampled_from(["%", "a%", "%A%", "_gent", "a*", "[a]%", "%ö%", "a%b", "%[x]"]).map(quoted)
text_columns = st.sampled_from(
    [
        *("name", "status", "session", "tags.env", "tags.none", "model", "span.name", "span.type", "span.status"),
        *("span.model", "span.attributes.t", "span.attributes.n"),
    ]
)
number_columns = st.sampled_from(["input_tokens", "span.attributes.n", "span.attributes.t"])
comparisons = st.one_of(
    st.tuples(text_columns, st.sampled_from(["=", "!=", "<", "<=", ">", ">="]), texts).map(" ".join),
    st.tuples(text_columns, st.sampled_from(["LIKE", "NOT LIKE", "ILIKE", "NOT ILIKE"]), patterns).map(" ".join),
    st.tuples(text_columns, st.sampled_from(["RLIKE '^a'", "IS NULL", "IS NOT NULL"])).map(" ".join),
    st.tuples(text_columns, st.sampled_from(["IN", "NOT IN"]), st.lists(texts, min_size=1, max_size=3)).map(
        lambda drawn: f"{drawn[0]} {drawn[1]} ({', '.join(drawn[2])})"
    ),
    st.tuples(number_columns, st.sampled_from(["=", "!=", "<", ">="]), st.sampled_from(["0", "1", "2.5", "-1"])).map(
        " ".join
    ),
    st.sampled_from(["start_time > 0", "start_time < '2020-01-01'", "NOT timestamp_ms = 1"]),
)


def combined(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    both = st.tuples(parts, st.sampled_from(["AND", "OR"]), parts)
    return both.map(lambda drawn: f"({' '.join(drawn)})") | parts.map(lambda part: f"NOT ({part})")


filters = st.recursive(comparisons, combined, max_leaves=5)


def test_the_traces_differ_enough(traces: list[Trace]) -> None:
    assert any(fnmatch.fnmatch(trace.info.name, "a*") for trace in traces)
    assert {len(trace.data.spans) for trace in traces} == {1, 2, 3, 4}


def test_a_filter_finds_what_a_plain_evaluation_finds(traces: list[Trace]) -> None:
    @settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(filters)
    def check(text: str) -> None:
        tree = parse_filter(text)
        expected = [trace.info.trace_id for trace in traces if holds(tree, trace)]
        assert [trace.info.trace_id for trace in spanloom.search_traces(text, include_spans=False)] == expected

    check()
