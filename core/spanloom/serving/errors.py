"""The errors of the agent server."""

from __future__ import annotations

from spanloom.web.errors import HttpError

__all__ = ["agent_failed", "invalid_request"]


def invalid_request(error: Exception) -> HttpError:
    """Return the answer to a request that does not fit its schema; the message names every field path."""
    text = str(error)
    first = text.splitlines()[1] if "\n" in text else text
    path, colon, _ = first.strip().partition(": ")
    return HttpError(400, text, code="invalid_request", param=path if colon and " " not in path else None)


def agent_failed(trace_id: str) -> HttpError:
    """Return the answer to a request whose agent raised: what it raised is in the trace, and not for clients."""
    return HttpError(500, f"the agent failed; its trace {trace_id} tells why", code="agent_error")
