"""The traces on the screenshots: a day of a support desk's agents, the same every time but for the date."""

from __future__ import annotations

import random
import time
from typing import Any

from spanloom import Trace
from spanloom.tracing.traces import ReadableSpan, TraceData, TraceInfo
from spanloom.tracing.usage import TokenUsage

HOUR_MS = 3_600_000
QUESTIONS = {
    "support_agent": (
        "Where is my order 4417?",
        "I was charged twice, please refund one of them.",
        "How do I change the delivery address?",
        "The lamp arrived broken. What now?",
    ),
    "weather_agent": ("Weather in Paris this weekend?", "Do I need an umbrella in Oslo tomorrow?"),
    "research_agent": ("Compare the three cheapest suppliers of oak panels.",),
}
TOOLS = {"support_agent": "find_order", "weather_agent": "get_forecast", "research_agent": "search_web"}
MODELS = {"gpt-5": 1.0, "gpt-5-mini": 0.2}
ANSWERS = {
    "gpt-5": "Your order 4417 left the warehouse on Tuesday. It arrives on Friday, between 9 and 12.",
    "gpt-5-mini": "Order 4417 left the warehouse on Tuesday and should arrive on Friday.",
}


def make_traces(count: int = 400) -> list[Trace]:
    """Return traces of the last 24 hours, oldest first; the last two answer the same question with two models."""
    chance = random.Random(7)  # noqa: S311 - examples
    now = int(time.time() * 1000)
    begun = sorted(now - int(24 * HOUR_MS * chance.betavariate(1.4, 1.1)) - 120_000 for _ in range(count))
    traces = [make_trace(chance, start) for start in begun]
    question = "Where is my order 4417?"
    asked = {"agent": "support_agent", "question": question, "tool_status": "OK"}
    first = make_trace(chance, now - 90_000, model="gpt-5", **asked)
    return [*traces, first, make_trace(chance, now - 45_000, model="gpt-5-mini", calls=2, **asked)]


def make_trace(
    chance: random.Random,
    start_ms: int,
    *,
    agent: str | None = None,
    question: str | None = None,
    model: str | None = None,
    tool_status: str | None = None,
    calls: int = 1,
) -> Trace:
    agent = agent or chance.choices(list(QUESTIONS), [6, 3, 1])[0]
    question = question or chance.choice(QUESTIONS[agent])
    model = model or chance.choices(list(MODELS), [1, 2])[0]
    tool_status = tool_status or chance.choices(["OK", "ERROR"], [14, 1])[0]
    spans = Spans(chance, f"{chance.getrandbits(128):032x}", start_ms * 1_000_000)
    root = spans.open(agent, "AGENT", None)
    messages = [{"role": "system", "content": "You help customers."}, {"role": "user", "content": question}]
    request = {"role": "assistant", "content": None, "tool_calls": []}
    tool = TOOLS[agent]
    for number in range(calls):
        function = {"name": tool, "arguments": f'{{"id": {4417 + number}}}'}
        request["tool_calls"].append({"id": f"call_{number}", "type": "function", "function": function})
    spans.chat(root, model, messages, request)
    found = {"order": 4417, "state": "shipped", "arrives": "Friday"}
    for number in range(calls):
        spans.tool(root, tool, {"id": 4417 + number}, found, tool_status)
    answer = {"role": "assistant", "content": ANSWERS[model]}
    if tool_status == "OK":
        told = {"role": "tool", "tool_call_id": "call_0", "content": '{"state": "shipped", "arrives": "Friday"}'}
        spans.chat(root, model, [*messages, request, told], answer)
    return spans.close(root, question, ANSWERS[model], tool_status)


class Spans:
    """The spans of one trace, as they are made, and the clock that they follow."""

    def __init__(self, chance: random.Random, trace_id: str, start_ns: int) -> None:
        self._chance = chance
        self._trace_id = trace_id
        self._now = start_ns
        self._made: list[dict[str, Any]] = []

    def open(self, name: str, span_type: str, parent: dict[str, Any] | None) -> dict[str, Any]:
        span = {
            "trace_id": self._trace_id,
            "span_id": f"{self._chance.getrandbits(64):016x}",
            "parent_id": parent["span_id"] if parent else None,
            "name": name,
            "span_type": span_type,
            "start_time_ns": self._now,
            "status": "OK",
        }
        self._made.append(span)
        self._pass(4)
        return span

    def chat(self, parent: dict[str, Any], model: str, messages: list[Any], answer: dict[str, Any]) -> None:
        span = self.open(f"chat {model}", "CHAT_MODEL", parent)
        self._pass(900 * (0.5 + MODELS[model]))
        used = (self._chance.randint(300, 1800), self._chance.randint(20, 160))
        span["inputs"] = {"messages": messages, "model": model}
        span["outputs"] = {"messages": [answer]}
        span["attributes"] = {
            "gen_ai.request.model": model,
            "gen_ai.usage.input_tokens": used[0],
            "gen_ai.usage.output_tokens": used[1],
            "gen_ai.usage.total_tokens": sum(used),
            "spanloom.cost.total": round(MODELS[model] * (1.25e-6 * used[0] + 1e-5 * used[1]), 6),
        }
        span["end_time_ns"] = self._now

    def tool(self, parent: dict[str, Any], name: str, arguments: Any, result: Any, status: str) -> None:
        span = self.open(name, "TOOL", parent)
        self._pass(350)
        span |= {"inputs": arguments, "end_time_ns": self._now, "status": status}
        if status == "OK":
            span["outputs"] = result
            return
        span["status_message"] = "TimeoutError: the warehouse did not answer within 5 s"
        stack = f"Traceback (most recent call last):\n  …\n{span['status_message']}"
        attributes = {"exception.type": "TimeoutError", "exception.stacktrace": stack}
        span["events"] = [{"name": "exception", "time_ns": self._now, "attributes": attributes}]

    def close(self, root: dict[str, Any], question: str, answer: str, status: str) -> Trace:
        self._pass(4)
        root |= {"end_time_ns": self._now, "status": status, "inputs": {"input": question}}
        if status == "OK":
            root["outputs"] = {"output": [{"role": "assistant", "content": answer}]}
        else:
            root["status_message"] = "TimeoutError: the warehouse did not answer within 5 s"
        spans = [ReadableSpan(**span) for span in self._made]
        usages = [span.token_usage for span in spans if span.token_usage is not None]
        info = TraceInfo(
            trace_id=self._trace_id,
            experiment="Default",
            name=root["name"],
            state=status,
            request_time=root["start_time_ns"] // 1_000_000,
            execution_duration=(self._now - root["start_time_ns"]) // 1_000_000,
            request_preview=question,
            response_preview=answer if status == "OK" else None,
            session_id=f"chat-{self._chance.randint(100, 999)}",
            user=self._chance.choice(["ada", "grace", "linus"]),
            tags={"env": "prod"},
            token_usage=TokenUsage(
                sum(usage.input_tokens or 0 for usage in usages),
                sum(usage.output_tokens or 0 for usage in usages),
                sum(usage.total_tokens or 0 for usage in usages),
            ),
            cost=sum(span.cost or 0 for span in spans),
        )
        return Trace(info, TraceData(spans))

    def _pass(self, mean_ms: float) -> None:
        self._now += int(1e6 * mean_ms * self._chance.lognormvariate(0, 0.35))
