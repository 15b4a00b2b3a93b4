"""A guest that cannot hurt: our own failures are contained, logged once, counted, and raised only in strict mode."""

from __future__ import annotations

import os
from collections import Counter
from types import TracebackType

__all__ = ["failures", "guard", "report_failure", "strict"]

failures: Counter[str] = Counter()
"""How often each step failed in this process; `spanloom doctor` shows it."""


def strict() -> bool:
    """Whether our own failures are raised (`SPANLOOM_STRICT=1`; test suites set it)."""
    return os.environ.get("SPANLOOM_STRICT", "") not in ("", "0")


def report_failure(step: str) -> None:
    """Account for the exception being handled; log it with its traceback the first time this step fails."""
    failures[step] += 1
    if failures[step] == 1:
        import logging  # 6 ms that `spanloom.autolog()` can do without

        logging.getLogger("spanloom").warning(
            "spanloom: %s failed; your code is not affected (further failures are only counted)",
            step,
            exc_info=True,  # noqa: LOG014 - callers are handling one
        )


class guard:  # noqa: N801 - reads as a statement: `with guard("openai: outputs"):`
    """Contain an exception of ours inside the block.

    Exceptions that are not `Exception` (cancellation, Ctrl-C) always pass. Each step gets a guard of its own, so that
    failing to read the usage does not lose the outputs.
    """

    __slots__ = ("step",)

    def __init__(self, step: str) -> None:
        self.step = step

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if kind is None or not issubclass(kind, Exception):
            return False
        report_failure(self.step)
        return not strict()
