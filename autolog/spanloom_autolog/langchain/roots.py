"""What the configuration of a root run tells about the trace."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from spanloom.tracing import attributes
from spanloom.tracing.span import Span

__all__ = ["METADATA", "TAGS", "describe"]

METADATA: Final = "langchain.metadata"
TAGS: Final = "langchain.tags"

_SESSION_KEYS = ("thread_id", "session_id", "conversation_id")
_FRAMEWORK_PREFIXES = ("__", "checkpoint_", "langgraph_", "lc_", "ls_")


def describe(span: Span, metadata: Mapping[str, Any], tags: Sequence[str]) -> None:
    """Take the session, the agent's name, and the user's own metadata and tags from the run's configuration."""
    trace = span.active_trace
    session = next((metadata[key] for key in _SESSION_KEYS if metadata.get(key)), None)
    if session is not None and trace.session_id is None:
        trace.session_id = str(session)
    if metadata.get("lc_agent_name"):
        span.set_attribute(attributes.AGENT_NAME, metadata["lc_agent_name"])
    own = {key: value for key, value in metadata.items() if not key.startswith(_FRAMEWORK_PREFIXES)}
    if own:
        span.set_attribute(METADATA, own)
    if tags:
        span.set_attribute(TAGS, list(tags))
