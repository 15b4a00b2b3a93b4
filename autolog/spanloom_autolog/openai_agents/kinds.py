"""What the kinds of spans of the SDK's own tracing tell."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from spanloom.tracing import attributes
from spanloom.tracing.guard import guard
from spanloom.tracing.span import Span
from spanloom.tracing.usage import TokenUsage
from spanloom.tracing.vocabulary import SpanStatus, SpanType
from spanloom_autolog.openai import responses
from spanloom_autolog.openai.items import messages_of
from spanloom_autolog.openai.tokens import token_usage
from spanloom_autolog.openai_agents.conversation import conversation
from spanloom_autolog.openai_agents.ownership import OWNER
from spanloom_autolog.openai_agents.tools import arguments, output

__all__ = ["Kind", "kind_of"]


def _nothing(_: Any) -> Any:
    return None


class Kind(NamedTuple):
    """How to read the data of one kind of span. What a reader has nothing to say about is `None`.

    Attributes:
        span_type: See `SpanType`.
        name: Name of our span.
        inputs: From the data, at the start or, what comes later, at the end.
        outputs: From the data.
        usage: From the data.
        facts: Attributes, from the data.
        finish: Adds to the span what takes more than that, at its end.
        shared: Adds what it knows to a span that a patch opened for the same work.
    """

    span_type: str
    name: Callable[[Any], str]
    inputs: Callable[[Any], Any] = _nothing
    outputs: Callable[[Any], Any] = _nothing
    usage: Callable[[Any], TokenUsage | None] = _nothing
    facts: Callable[[Any], Mapping[str, Any]] = lambda _: {}
    finish: Callable[[Span, Any], None] | None = None
    shared: Callable[[Span, Any], None] | None = None

    def record_inputs(self, span: Span, data: Any) -> None:
        """Record what is known at the start."""
        inputs = self.inputs(data)
        if inputs is not None:
            span.set_inputs(inputs)

    def record(self, span: Span, data: Any, *, shared: bool) -> None:
        """Record what is known at the end."""
        finish = self.shared if shared else self.finish
        if finish is not None:
            with guard(f"{OWNER}: span data"):
                finish(span, data)
        if shared:
            return
        with guard(f"{OWNER}: inputs"):
            if span.inputs_json is None:
                self.record_inputs(span, data)
        with guard(f"{OWNER}: outputs"):
            outputs = self.outputs(data)
            if outputs is not None and not span.has_outputs:
                span.set_outputs(outputs)
        with guard(f"{OWNER}: usage"):
            usage = self.usage(data)
            if usage is not None:
                span.set_token_usage(usage)
        with guard(f"{OWNER}: attributes"):
            span.set_attributes(self.facts(data))
            span.name = self.name(data)


def kind_of(data: Any) -> Kind:
    """Return how to read span data, by its class: the type that it exports is `custom` for several."""
    return _KINDS.get(type(data).__name__, _OTHER)


def _run_usage(span: Span, data: Any) -> None:
    """Record the tokens of an outermost run; agents that serve as tools count into the run's own number."""
    above = span.parent
    while above is not None:
        if above.owner == OWNER and above.span_type == SpanType.AGENT:
            return
        above = above.parent
    usage = data.usage or {}
    if usage.get("total_tokens"):
        span.set_token_usage(
            TokenUsage(usage.get("input_tokens"), usage.get("output_tokens"), usage.get("total_tokens"))
        )


def _agent_facts(data: Any) -> dict[str, Any]:
    found = {
        attributes.AGENT_NAME: data.name,
        "openai_agents.handoffs": data.handoffs,
        "openai_agents.tools": data.tools,
        "openai_agents.output_type": data.output_type if data.output_type != "str" else None,
    }
    return {key: value for key, value in found.items() if value}


def _function_facts(data: Any) -> dict[str, Any]:
    server = (data.mcp_data or {}).get("server")
    return {attributes.TOOL_NAME: data.name, **({"openai_agents.mcp_server": server} if server else {})}


def _interruption(span: Span, data: Any) -> None:
    """Say of a tool that it was not invoked: its call waits for an approval."""
    if not span.claimed and output(data.output) is None and span.status == SpanStatus.UNSET:
        span.add_event("interrupt", {"reason": "approval"})


def _additions(span: Span, data: Any) -> None:
    """Record as outputs what the program has put into the data of its span since it started."""
    known = span.inputs or {}
    added = {key: value for key, value in data.data.items() if key not in known}
    if added:
        span.set_outputs(added)


def _response_inputs(data: Any) -> Any:
    if data.input is None:
        return None
    return {"messages": conversation(data.input, getattr(data.response, "instructions", None))}


def _response_facts(data: Any) -> Mapping[str, Any]:
    return responses.result_attributes(data.response) if data.response is not None else {}


def _generation_inputs(data: Any) -> Any:
    if data.input is None:
        return None
    settings = {key: value for key, value in (data.model_config or {}).items() if value is not None}
    return {"messages": conversation(data.input) if isinstance(data.input, str) else list(data.input), **settings}


def _generation_outputs(data: Any) -> Any:
    if data.output is None:
        return None
    messages: list[Any] = []
    for item in data.output:  # messages of chat completions, or a whole response
        messages += messages_of(item["output"]) if isinstance(item.get("output"), list) else [item]
    return {"messages": messages}


def _model_facts(data: Any) -> dict[str, Any]:
    return {attributes.REQUEST_MODEL: data.model} if data.model else {}


def _with_model(operation: str) -> Callable[[Any], str]:
    return lambda data: f"{operation} {data.model}" if data.model else operation


_KINDS: Mapping[str, Kind] = {
    "TaskSpanData": Kind(SpanType.WORKFLOW, lambda data: str(data.name), shared=_run_usage),
    "AgentSpanData": Kind(
        SpanType.AGENT,
        lambda data: str(data.name),
        facts=_agent_facts,
        shared=lambda span, data: span.set_attributes(_agent_facts(data)),
    ),
    "TurnSpanData": Kind(SpanType.TASK, lambda data: f"turn {data.turn}"),
    "ResponseSpanData": Kind(
        SpanType.CHAT_MODEL,
        lambda data: _with_model("chat")(data.response) if data.response is not None else "chat",
        inputs=_response_inputs,
        outputs=lambda data: responses.outputs(data.response) if data.response is not None else None,
        usage=lambda data: responses.usage(data.response) if data.response is not None else None,
        facts=_response_facts,
        shared=lambda span, data: span.set_attributes(_response_facts(data)),
    ),
    "GenerationSpanData": Kind(
        SpanType.CHAT_MODEL,
        _with_model("chat"),
        inputs=_generation_inputs,
        outputs=_generation_outputs,
        usage=lambda data: token_usage(data.usage, "input", "output"),
        facts=_model_facts,
    ),
    "FunctionSpanData": Kind(
        SpanType.TOOL,
        lambda data: str(data.name),
        inputs=lambda data: arguments(data.input) if data.input is not None else None,
        outputs=lambda data: output(data.output),
        facts=_function_facts,
        finish=_interruption,
    ),
    "HandoffSpanData": Kind(
        SpanType.HANDOFF,
        lambda data: f"handoff to {data.to_agent}" if data.to_agent else "handoff",
        inputs=lambda data: {"from_agent": data.from_agent},
        outputs=lambda data: {"to_agent": data.to_agent} if data.to_agent else None,
    ),
    "GuardrailSpanData": Kind(
        SpanType.GUARDRAIL,
        lambda data: str(data.name),
        outputs=lambda data: {"tripwire_triggered": data.triggered},
    ),
    "MCPListToolsSpanData": Kind(
        SpanType.TASK,
        lambda data: f"list tools of {data.server}",
        outputs=lambda data: data.result,
    ),
    "CustomSpanData": Kind(
        SpanType.CHAIN,
        lambda data: str(data.name),
        inputs=lambda data: data.data,
        finish=_additions,
    ),
    "TranscriptionSpanData": Kind(
        SpanType.TASK, _with_model("transcription"), outputs=lambda data: data.output, facts=_model_facts
    ),
    "SpeechSpanData": Kind(SpanType.TASK, _with_model("speech"), inputs=lambda data: data.input, facts=_model_facts),
    "SpeechGroupSpanData": Kind(SpanType.TASK, lambda _: "speech", inputs=lambda data: data.input),
}
_OTHER = Kind(SpanType.TASK, lambda data: str(data.type))
