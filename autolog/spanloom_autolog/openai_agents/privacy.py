"""The SDK's own switch for content in traces: `RunConfig.trace_include_sensitive_data`."""

from __future__ import annotations

import os
from typing import Any, Final

from spanloom.instrument import CallHandler
from spanloom_autolog.clients.fields import field

__all__ = ["includes_content", "without_content"]

_DEFAULT: Final = "OPENAI_AGENTS_TRACE_INCLUDE_SENSITIVE_DATA"


def includes_content(run_config: Any) -> bool:
    """Whether inputs and outputs may be recorded; without a configuration, the SDK asks the environment."""
    included = field(run_config, "trace_include_sensitive_data")
    if included is None:
        return os.environ.get(_DEFAULT, "true").strip().lower() in ("1", "true", "yes", "on")
    return bool(included)


def without_content(handler: CallHandler) -> CallHandler:
    """Return the handler that records neither inputs nor outputs."""
    return handler._replace(inputs=_nothing, outputs=_nothing)


def _nothing(_: Any) -> None:
    return None
