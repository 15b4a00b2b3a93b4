"""What a span says, in the attributes that others read: OpenTelemetry's GenAI semantic conventions, and MLflow's own.

https://github.com/open-telemetry/semantic-conventions-genai/tree/main/docs/gen-ai
https://mlflow.org/docs/latest/genai/tracing/opentelemetry/ingest/

Nothing here imports OpenTelemetry.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from spanloom.otlp.messages import as_messages, input_messages, output_messages, system_instructions
from spanloom.tracing import attributes
from spanloom.tracing.settings import DEFAULT_EXPERIMENT
from spanloom.tracing.span import ActiveTrace, Span
from spanloom.tracing.usage import TokenUsage
from spanloom.tracing.vocabulary import SpanStatus, SpanType

__all__ = ["MODEL_TYPES", "OPERATIONS", "AttributeValue", "attribute_value", "semantic_attributes"]

AttributeValue = str | bool | int | float | list[str] | list[bool] | list[int] | list[float]

OPERATIONS: Final[Mapping[str, str]] = {
    SpanType.AGENT: "invoke_agent",
    SpanType.CHAT_MODEL: "chat",
    SpanType.EMBEDDING: "embeddings",
    SpanType.LLM: "text_completion",
    SpanType.RETRIEVER: "retrieval",
    SpanType.TOOL: "execute_tool",
    SpanType.WORKFLOW: "invoke_workflow",
}
"""`gen_ai.operation.name`, by span type; the conventions have no word for the other types."""

MODEL_TYPES: Final = frozenset({SpanType.CHAT_MODEL, SpanType.EMBEDDING, SpanType.LLM})

_NAMES: Final[Mapping[str, str]] = {
    SpanType.AGENT: attributes.AGENT_NAME,
    SpanType.TOOL: attributes.TOOL_NAME,
    SpanType.WORKFLOW: "gen_ai.workflow.name",
}
"""What the name of a span is the name of, unless an attribute says better."""

_PARAMETERS: Final[Mapping[str, str]] = {
    "frequency_penalty": "gen_ai.request.frequency_penalty",
    "max_completion_tokens": "gen_ai.request.max_tokens",
    "max_output_tokens": "gen_ai.request.max_tokens",
    "max_tokens": "gen_ai.request.max_tokens",
    "n": "gen_ai.request.choice.count",
    "presence_penalty": "gen_ai.request.presence_penalty",
    "seed": "gen_ai.request.seed",
    "stop": "gen_ai.request.stop_sequences",
    "stop_sequences": "gen_ai.request.stop_sequences",
    "stream": "gen_ai.request.stream",
    "temperature": "gen_ai.request.temperature",
    "top_k": "gen_ai.request.top_k",
    "top_p": "gen_ai.request.top_p",
}
"""Parameters among the inputs of a model call."""

_INT64: Final = 2**63
_TOTAL_TOKENS: Final = "gen_ai.usage.total_tokens"
_RENAMED: Final = frozenset({_TOTAL_TOKENS, attributes.TIME_TO_FIRST_CHUNK_MS})
_MLFLOW_USAGE: Final = TokenUsage._fields[:-1]
"""MLflow does not count reasoning tokens apart."""


def semantic_attributes(span: Span, trace: ActiveTrace) -> dict[str, AttributeValue]:
    """Return the attributes under which other tools look for what `span` says.

    Args:
        span: An ended span.
        trace: The facts of its trace as the batch tells them, that is, redacted.
    """
    facts, inputs, outputs = span.attributes, span.inputs, span.outputs
    found: dict[str, Any] = {key: value for key, value in facts.items() if key not in _RENAMED}
    found |= _identity(span, facts, trace)
    if attributes.TIME_TO_FIRST_CHUNK_MS in facts:
        found["gen_ai.response.time_to_first_chunk"] = facts[attributes.TIME_TO_FIRST_CHUNK_MS] / 1000
    if span.span_type in MODEL_TYPES:
        found |= _parameters(inputs)
    if span.span_type in (SpanType.CHAT_MODEL, SpanType.LLM, SpanType.AGENT):
        found |= _conversation(inputs, outputs, facts)
    elif span.span_type == SpanType.TOOL:
        found |= {"gen_ai.tool.call.arguments": inputs, "gen_ai.tool.call.result": outputs}
    elif span.span_type == SpanType.RETRIEVER and isinstance(inputs, Mapping):
        found["gen_ai.retrieval.query.text"] = inputs.get("query")
    found |= _failure(span)
    found |= _mlflow(span, facts, trace)
    return {key: known for key, value in found.items() if (known := attribute_value(value)) is not None}


def attribute_value(value: Any) -> AttributeValue | None:
    """Return a JSON value as OpenTelemetry can carry it: scalars, lists of one kind of scalar, else JSON text."""
    if isinstance(value, int) and not -_INT64 <= value < _INT64:
        return str(value)
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, list) and value and isinstance(value[0], str | bool | int | float):
        kind = type(value[0])
        if all(type(item) is kind for item in value):
            return value
    return orjson.dumps(value).decode()


def _identity(span: Span, facts: Mapping[str, Any], trace: ActiveTrace) -> dict[str, Any]:
    """Return which kind of work this is, whose, and in which conversation."""
    found: dict[str, Any] = {"session.id": trace.session_id, "user.id": trace.user}
    operation = OPERATIONS.get(span.span_type)
    if operation is not None:
        found["gen_ai.operation.name"] = facts.get("gen_ai.operation.name", operation)
        found["gen_ai.conversation.id"] = facts.get("gen_ai.conversation.id", trace.session_id)
    name = _NAMES.get(span.span_type)
    if name is not None:
        found[name] = facts.get(name, span.name)
    return found


def _parameters(inputs: Any) -> dict[str, Any]:
    if not isinstance(inputs, Mapping):
        return {}
    found = {key: inputs[name] for name, key in _PARAMETERS.items() if inputs.get(name) is not None}
    stops = found.get("gen_ai.request.stop_sequences")
    return {**found, "gen_ai.request.stop_sequences": [stops]} if isinstance(stops, str) else found


def _conversation(inputs: Any, outputs: Any, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the messages; empty lists say nothing and are left out."""
    asked, answered = as_messages(inputs), as_messages(outputs)
    reasons = facts.get(attributes.FINISH_REASONS)
    found = {
        "gen_ai.system_instructions": system_instructions(asked),
        "gen_ai.input.messages": input_messages(asked),
        "gen_ai.output.messages": output_messages(answered, reasons if isinstance(reasons, list) else []),
    }
    return {key: value for key, value in found.items() if value}


def _failure(span: Span) -> dict[str, Any]:
    if span.status == SpanStatus.CANCELLED:
        return {"spanloom.status": SpanStatus.CANCELLED}
    if span.status != SpanStatus.ERROR:
        return {}
    kinds = [event["attributes"].get("exception.type") for event in span.event_records if event["name"] == "exception"]
    return {"error.type": kinds[-1] if kinds and kinds[-1] else "_OTHER"}


def _mlflow(span: Span, facts: Mapping[str, Any], trace: ActiveTrace) -> dict[str, Any]:
    """Return what MLflow 3.6 and newer shows, as JSON texts, which is how MLflow's own spans carry it."""
    usage = TokenUsage.from_attributes(facts)
    model = facts.get(attributes.RESPONSE_MODEL) or facts.get(attributes.REQUEST_MODEL)
    tools, prompts = facts.get(attributes.TOOL_DEFINITIONS), facts.get(attributes.LINKED_PROMPTS)
    found = {
        "mlflow.traceRequestId": _json(f"tr-{span.trace_id}"),
        "mlflow.spanType": _json(span.span_type),
        "mlflow.spanInputs": _payload(span.inputs_json),
        "mlflow.spanOutputs": _payload(span.outputs_json),
        "mlflow.llm.model": _json(model) if model else None,
        "mlflow.chat.tools": _json(tools) if tools else None,
        "mlflow.linkedPrompts": _json(prompts) if prompts else None,
    }
    if usage is not None:
        numbers = usage.to_dict()
        found["mlflow.chat.tokenUsage"] = _json({name: numbers[name] for name in _MLFLOW_USAGE if name in numbers})
    if span.parent_id is None:
        found |= {attributes.CLIENT_REQUEST_ID: trace.client_request_id, attributes.METADATA: trace.metadata or None}
        # One that nobody chose must not replace the collector's.
        found[attributes.EXPERIMENT] = trace.experiment if trace.experiment != DEFAULT_EXPERIMENT else None
        found |= {f"mlflow.traceTag.{key}": value for key, value in trace.tags.items()}
        found["mlflow.traceTag.mlflow.linkedPrompts"] = trace.tags.get(attributes.LINKED_PROMPTS)
    return found


def _payload(data: bytes | None) -> Any:
    """Return a payload as JSON text, but numbers and booleans as they are: MLflow would read their text as a string."""
    if data is None or data == b"null":
        return None
    value = orjson.loads(data)
    return value if isinstance(value, bool | int | float) else data.decode()


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
