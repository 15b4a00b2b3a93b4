"""Our own words between the dialects and the reader, and how values are decoded."""

from __future__ import annotations

import json
from typing import Any, Final

__all__ = ["ALL_MESSAGES", "INPUTS", "OUTPUTS", "STATUS", "decoded"]

INPUTS: Final = "spanloom.bridge.inputs"
"""What a span was given, as it is."""
OUTPUTS: Final = "spanloom.bridge.outputs"
"""What a span gave back, as it is."""
ALL_MESSAGES: Final = "spanloom.bridge.all_messages"
"""A whole conversation: up to the last message of the user these are inputs, the rest are outputs."""
STATUS: Final = "spanloom.status"
"""The status, where OpenTelemetry has no word for it."""


def decoded(value: Any) -> Any:
    """Return what a JSON text stands for: attributes of OpenTelemetry have no structure. Other values are kept."""
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return list(value) if isinstance(value, tuple) else value
