"""Why a run stopped before its end."""

from __future__ import annotations

import re

from spanloom.schemas.converters.chat_to_responses import incomplete_reason

__all__ = ["stop_reason"]

_GAVE_UP = re.compile(r"ReActV2 failed to produce final outputs after (\w+)|Max hops reached")
_REASONS = {"max_iters": "max_turns", None: "max_turns", "context_window_exceeded": "context_length_exceeded"}


def stop_reason(error: Exception, finish_reason: str | None) -> str | None:
    """Return the reason if the program was stopped by a limit; `None` for other errors.

    Args:
        error: What the program raised.
        finish_reason: Why the model that was asked last stopped.
    """
    names = {kind.__name__ for kind in type(error).__mro__}
    if "ContextWindowExceededError" in names:
        return "context_length_exceeded"
    gave_up = _GAVE_UP.match(str(error))
    if gave_up and gave_up.group(1) in _REASONS:
        return _REASONS[gave_up.group(1)]
    # An answer that was cut off lacks fields.
    return incomplete_reason([finish_reason]) if gave_up or "AdapterParseError" in names else None
