"""Attribute keys, in one place: OpenTelemetry's GenAI names where it has one, else `spanloom.*`."""

from __future__ import annotations

from typing import Final

AGENT_NAME: Final = "gen_ai.agent.name"
CLIENT_REQUEST_ID: Final = "spanloom.client_request_id"
EXPERIMENT: Final = "spanloom.experiment"
METADATA: Final = "spanloom.metadata"
"""Facts of the trace, on its first span on the way to a collector."""
FINISH_REASONS: Final = "gen_ai.response.finish_reasons"
LINKED_PROMPTS: Final = "spanloom.linked_prompts"
"""A list of `{"name", "version"}`: the prompts that a span loaded, and as JSON in a tag those of its whole trace."""
MCP_METHOD: Final = "mcp.method.name"
MODEL_ID: Final = "spanloom.model_id"
"""In the metadata of a trace: the id of the saved model that was served."""
PROVIDER: Final = "gen_ai.provider.name"
REQUEST_MODEL: Final = "gen_ai.request.model"
RESPONSE_ID: Final = "gen_ai.response.id"
RESPONSE_MODEL: Final = "gen_ai.response.model"
TIME_TO_FIRST_CHUNK_MS: Final = "spanloom.time_to_first_chunk_ms"
STREAM_END: Final = "spanloom.stream.end"
STREAM_CHUNKS_DROPPED: Final = "spanloom.stream.chunks_dropped"
TOOL_CALL_ID: Final = "gen_ai.tool.call.id"
TOOL_DEFINITIONS: Final = "gen_ai.tool.definitions"
TOOL_NAME: Final = "gen_ai.tool.name"
REQUEST_ID: Final = "spanloom.request_id"
SOURCE_RUN: Final = "spanloom.source_run"
"""In the metadata of a trace: the id of the run in which it began."""
TOTAL_COST: Final = "spanloom.cost.total"
"""US dollars, a float."""
MLFLOW_PROMPTS: Final = "mlflow.linkedPrompts"
MLFLOW_SESSION: Final = "mlflow.trace.session"
"""In the metadata of a trace, as `MLFLOW_USER` is."""
MLFLOW_TRACE_NAME: Final = "mlflow.traceName"
"""A tag: the name of the trace, if it is not that of the root span."""
MLFLOW_USER: Final = "mlflow.trace.user"
MLFLOW_KEYS: Final = {
    "mlflow.llm.model": REQUEST_MODEL,
    "mlflow.llm.provider": PROVIDER,
    "mlflow.chat.tools": TOOL_DEFINITIONS,
    MLFLOW_PROMPTS: LINKED_PROMPTS,
}
"""What has another key with MLflow, by that."""
