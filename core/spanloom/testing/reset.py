"""Bringing a process back to a fresh state between tests."""

from __future__ import annotations

import sys

from spanloom.tracing.context import current, model_span
from spanloom.tracing.guard import failures
from spanloom.tracing.labels import ambient_labels, process_labels, source_run
from spanloom.tracing.pipeline import pipeline
from spanloom.tracing.propagation import IncomingContext, incoming_context, remote_parent
from spanloom.tracing.recorder import last_trace
from spanloom.tracing.settings import settings

__all__ = ["reset"]


def reset() -> None:
    """Undo what this process did with spanloom: autologging, open context, settings, store and counters.

    Spans that are still queued are written first. Test suites call it after each test.
    """
    registry = sys.modules.get("spanloom.instrument.registry")
    if registry is not None:
        registry.autolog(disable=True)
    current.set(None)
    model_span.set(None)
    ambient_labels.set(None)
    process_labels.current = None
    source_run.set(None)
    remote_parent.set(None)
    incoming_context.set(IncomingContext())
    pipeline.use_exporters(())
    pipeline.close()
    runs = sys.modules.get("spanloom.tracking.active")
    if runs is not None:
        runs.forget_active_runs()
    prompts = sys.modules.get("spanloom.prompts.cache")
    if prompts is not None:
        prompts.clear()
    engines = sys.modules.get("spanloom.store.engines")
    if engines is not None:
        engines.forget_connections()
    settings.reset()
    pipeline.dropped = 0
    last_trace.trace_id = None
    failures.clear()
