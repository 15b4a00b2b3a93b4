"""A process state of one's own for a while: strict mode, a store in a temporary folder, nothing left behind."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from spanloom.testing.reset import reset
from spanloom.tracing import configure

__all__ = ["fresh_state"]


@contextmanager
def fresh_state() -> Iterator[None]:
    """Let scenarios of the conformance suites start alike, wherever they are run."""
    strict = os.environ.get("SPANLOOM_STRICT")
    os.environ["SPANLOOM_STRICT"] = "1"
    try:
        with TemporaryDirectory() as folder:
            configure(store=f"sqlite:///{Path(folder) / 'spanloom.db'}")
            try:
                yield
            finally:
                reset()
    finally:
        if strict is None:
            del os.environ["SPANLOOM_STRICT"]
        else:
            os.environ["SPANLOOM_STRICT"] = strict
