"""The processes that serve."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from starlette.types import ASGIApp

__all__ = ["rest_from_collecting", "serve"]

_METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
_CLOSE_SECONDS = 1
"""What draining left of requests gets so long to see that it is cancelled."""


def serve(
    app: ASGIApp | str, *, host: str, port: int, workers: int = 1, reload: bool = False, factory: bool = False
) -> None:
    """Serve an application until a signal comes.

    Args:
        app: The application, or where to import it from.
        host: The address to listen on.
        port: The port.
        workers: How many processes.
        reload: Whether to start anew when a source file changes.
        factory: Whether the import string names a function that makes the application.
    """
    if not isinstance(app, str):
        rest_from_collecting()
    with _shared_metrics() if workers > 1 else nullcontext():
        uvicorn.run(
            app,
            host=host,
            port=port,
            workers=workers,
            reload=reload,
            factory=factory,
            access_log=False,
            log_level="warning",
            timeout_graceful_shutdown=_CLOSE_SECONDS,
        )


def rest_from_collecting() -> None:
    """Spare what has been imported from garbage collection: a search through all of it would hold up every request."""
    gc.collect()
    gc.freeze()


@contextmanager
def _shared_metrics() -> Iterator[None]:
    if _METRICS_FOLDER in os.environ:
        yield
        return
    folder = os.environ[_METRICS_FOLDER] = tempfile.mkdtemp(prefix="spanloom-metrics-")
    try:
        yield
    finally:
        del os.environ[_METRICS_FOLDER]
        shutil.rmtree(folder, ignore_errors=True)
