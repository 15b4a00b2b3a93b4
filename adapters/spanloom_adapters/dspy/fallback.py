"""A second try in another format, which DSPy makes only if nobody has seen the first."""

from __future__ import annotations

from dspy.clients import call_context  # type: ignore[import-untyped]

__all__ = ["allow_second_try"]


def allow_second_try() -> None:
    """Tell DSPy that what came so far was not shown to anybody.

    Its `ChatAdapter` asks again, for JSON, when an answer has not the form it should have; but not once a chunk was
    handed out, and here every chunk is, before it turns out whether it holds anything to show.
    """
    adapter_calls = getattr(call_context, "_adapter_calls", None)
    for progress in adapter_calls.get() if adapter_calls is not None else ():
        progress.emitted = False
