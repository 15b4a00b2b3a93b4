"""From the attributes, events and status of an OpenTelemetry span to what a span of ours says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from spanloom.otlp.conventions import events
from spanloom.otlp.conventions.dialects import translated
from spanloom.otlp.conventions.mlflow import TAG
from spanloom.otlp.conventions.parts import chat_messages
from spanloom.otlp.conventions.words import ALL_MESSAGES, INPUTS, OUTPUTS, STATUS, decoded
from spanloom.tracing import attributes
from spanloom.tracing.guard import guard
from spanloom.tracing.labels import Labels
from spanloom.tracing.snapshot import storable_text
from spanloom.tracing.span import Span
from spanloom.tracing.usage import TokenUsage
from spanloom.tracing.vocabulary import SpanStatus, SpanType

__all__ = ["record"]

_REQUEST: Final = "gen_ai.request."
_CONTENT: Final = frozenset(
    {
        ALL_MESSAGES,
        INPUTS,
        OUTPUTS,
        STATUS,
        "gen_ai.input.messages",
        "gen_ai.output.messages",
        "gen_ai.retrieval.documents",
        "gen_ai.retrieval.query.text",
        "gen_ai.system_instructions",
        "gen_ai.tool.call.arguments",
        "gen_ai.tool.call.result",
        "session.id",
        "user.id",
        attributes.CLIENT_REQUEST_ID,
        attributes.EXPERIMENT,
        attributes.METADATA,
        attributes.TOOL_DEFINITIONS,
    }
)
"""Attributes that become inputs, outputs, facts of the trace, or something of another form."""
_SESSIONS: Final = (
    "session.id",
    "gen_ai.conversation.id",
    "traceloop.association.properties.session_id",
    attributes.MLFLOW_SESSION,
)
_USERS: Final = ("user.id", "enduser.id", "traceloop.association.properties.user_id", attributes.MLFLOW_USER)


def record(span: Span, ended: Any) -> None:
    """Record everything an ended OpenTelemetry span (`ReadableSpan`) knows."""
    happened: Sequence[Any] = ended.events
    scope = ended.instrumentation_scope
    facts: dict[str, Any] = {}
    with guard("opentelemetry: attributes"):
        own = {**events.details(happened), **(ended.attributes or {})}
        facts = translated(scope.name if scope is not None else None, own)
        span.set_attributes(_kept(facts, happened))
    with guard("opentelemetry: inputs"):
        inputs = _inputs(span.span_type, facts, happened)
        if inputs is not None:
            span.set_inputs(inputs)
    with guard("opentelemetry: outputs"):
        outputs = _outputs(span.span_type, facts, happened)
        if outputs is not None:
            span.set_outputs(outputs)
    with guard("opentelemetry: usage"):
        usage = _usage(facts)
        if usage is not None:
            span.set_token_usage(usage)
    with guard("opentelemetry: conversation"):
        _label(span, facts)
    with guard("opentelemetry: events"):
        _record_events(span, happened)
    with guard("opentelemetry: status"):
        _record_status(span, ended.status, facts.get(STATUS))


def _kept(facts: Mapping[str, Any], happened: Sequence[Any]) -> dict[str, Any]:
    kept = {key: value for key, value in facts.items() if key not in _CONTENT and not key.startswith(TAG)}
    if attributes.PROVIDER not in kept and "gen_ai.system" in kept:
        kept[attributes.PROVIDER] = kept["gen_ai.system"]
    if attributes.TOOL_DEFINITIONS in facts:
        definitions = decoded(facts[attributes.TOOL_DEFINITIONS])
        if isinstance(definitions, list):
            kept[attributes.TOOL_DEFINITIONS] = [_definition(decoded(definition)) for definition in definitions]
    if attributes.FINISH_REASONS not in kept and events.finish_reasons(happened):
        kept[attributes.FINISH_REASONS] = events.finish_reasons(happened)
    return kept


def _definition(tool: Any) -> Any:
    if isinstance(tool, Mapping) and "function" not in tool and "name" in tool:
        return {"type": "function", "function": {key: value for key, value in tool.items() if key != "type"}}
    return tool


def _inputs(span_type: str, facts: Mapping[str, Any], happened: Sequence[Any]) -> Any:
    if INPUTS in facts:
        return decoded(facts[INPUTS])
    if span_type == SpanType.TOOL and "gen_ai.tool.call.arguments" in facts:
        return decoded(facts["gen_ai.tool.call.arguments"])
    if "gen_ai.retrieval.query.text" in facts:
        return {"query": facts["gen_ai.retrieval.query.text"]}
    said = chat_messages(decoded(facts["gen_ai.input.messages"])) if "gen_ai.input.messages" in facts else None
    if said is None and ALL_MESSAGES in facts:
        said = _split(facts)[0]
    if said is None:
        said = events.input_messages(happened)
    if span_type == SpanType.TOOL:
        return decoded(said[0].get("content")) if said else None
    if "gen_ai.system_instructions" in facts:
        parts = decoded(facts["gen_ai.system_instructions"])
        said = chat_messages([{"role": "system", "parts": parts if isinstance(parts, list) else [parts]}]) + said
    if not said:
        return None
    parameters = {key.removeprefix(_REQUEST): value for key, value in facts.items() if key.startswith(_REQUEST)}
    return {"messages": said, **parameters}


def _outputs(span_type: str, facts: Mapping[str, Any], happened: Sequence[Any]) -> Any:
    if OUTPUTS in facts:
        return decoded(facts[OUTPUTS])
    if span_type == SpanType.TOOL and "gen_ai.tool.call.result" in facts:
        return decoded(facts["gen_ai.tool.call.result"])
    if "gen_ai.retrieval.documents" in facts:
        return decoded(facts["gen_ai.retrieval.documents"])
    said = chat_messages(decoded(facts["gen_ai.output.messages"])) if "gen_ai.output.messages" in facts else None
    if said is None and ALL_MESSAGES in facts:
        said = _split(facts)[1]
    if said is None:
        said = events.output_messages(happened)
    if span_type == SpanType.TOOL:
        return said[0].get("content") if said else None
    return {"messages": said} if said else None


def _split(facts: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return a whole conversation as what the run was given and what it said."""
    messages = chat_messages(decoded(facts[ALL_MESSAGES]))
    asked = max((index + 1 for index, message in enumerate(messages) if message["role"] == "user"), default=0)
    return messages[:asked], messages[asked:]


def _usage(facts: Mapping[str, Any]) -> TokenUsage | None:
    def count(*names: str) -> int | None:
        numbers = (facts.get(f"gen_ai.usage.{name}") for name in names)
        return next((number for number in numbers if isinstance(number, int)), None)

    usage = TokenUsage(
        input_tokens=count("input_tokens", "prompt_tokens"),
        output_tokens=count("output_tokens", "completion_tokens"),
        total_tokens=count("total_tokens"),
        cache_read_input_tokens=count(
            "cache_read.input_tokens", "cache_read_input_tokens", "details.cache_read_tokens"
        ),
        cache_creation_input_tokens=count(
            "cache_creation.input_tokens",
            "cache_write.input_tokens",
            "cache_creation_input_tokens",
            "cache_write_input_tokens",
            "details.cache_write_tokens",
        ),
        reasoning_output_tokens=count("reasoning.output_tokens", "details.reasoning_tokens"),
    )
    return usage if usage.total else None


def _label(span: Span, facts: Mapping[str, Any]) -> None:
    trace = span.active_trace
    tags = {key.removeprefix(TAG): value for key, value in facts.items() if key.startswith(TAG)}
    metadata = decoded(facts.get(attributes.METADATA))
    Labels(
        trace.session_id or _first(facts, _SESSIONS),
        trace.user or _first(facts, _USERS),
        tags,
        metadata if isinstance(metadata, Mapping) else None,
    ).apply(trace)
    if facts.get(attributes.EXPERIMENT):
        trace.experiment = storable_text(facts[attributes.EXPERIMENT])
    if facts.get(attributes.CLIENT_REQUEST_ID):
        trace.client_request_id = storable_text(facts[attributes.CLIENT_REQUEST_ID])


def _first(facts: Mapping[str, Any], names: Sequence[str]) -> str | None:
    return next((str(facts[name]) for name in names if facts.get(name)), None)


def _record_events(span: Span, happened: Sequence[Any]) -> None:
    """Keep the events; an exception that was recorded twice, once by the SDK, only once."""
    exceptions: set[tuple[Any, Any]] = set()
    for event in happened:
        facts = event.attributes or {}
        if event.name == "exception":
            exception = (facts.get("exception.type"), facts.get("exception.message"))
            if exception in exceptions:
                continue
            exceptions.add(exception)
            if str(exception[0]).rpartition(".")[2] in ("CancelledError", "GeneratorExit", "KeyboardInterrupt"):
                span.set_status(SpanStatus.CANCELLED, str(exception[0]).rpartition(".")[2])
        if not events.is_content(event.name):
            span.add_event(event.name, dict(facts), event.timestamp)


def _record_status(span: Span, status: Any, told: Any) -> None:
    if told == SpanStatus.CANCELLED and span.status != SpanStatus.CANCELLED:
        span.set_status(SpanStatus.CANCELLED)
    if span.status == SpanStatus.CANCELLED or status.status_code.name != "ERROR":
        return
    message = status.description
    if not message:
        exceptions = [event["attributes"] for event in span.events if event["name"] == "exception"]
        kind, text = (exceptions[-1].get(f"exception.{key}") for key in ("type", "message")) if exceptions else ("", "")
        message = f"{str(kind or '').rpartition('.')[2]}: {text}" if text else str(kind or "")
    span.set_status(SpanStatus.ERROR, message)
