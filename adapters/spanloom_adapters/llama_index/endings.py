"""Why an answer or a run ended before its end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from workflows.errors import WorkflowRuntimeError

from spanloom.agents.adapter import Run

__all__ = ["stopping"]

_ERROR_CODES = frozenset({"context_length_exceeded", "content_filter"})
"""Of providers' errors that say: with this input there is no answer."""


@contextmanager
def stopping(run: Run) -> Iterator[None]:
    """Take an error that says why the run is incomplete for its end; all others pass."""
    try:
        yield
    except Exception as error:
        run.incomplete_reason = _error_reason(error)
        if run.incomplete_reason is None:
            raise


def _error_reason(error: Exception) -> str | None:
    if isinstance(error, WorkflowRuntimeError) and str(error).startswith("Max iterations of"):
        return "max_turns"
    code = getattr(error, "code", None)
    return code if code in _ERROR_CODES else None
