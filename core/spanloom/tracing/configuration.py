"""`spanloom.configure` and `spanloom.set_experiment`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from spanloom.errors import SpanloomError
from spanloom.tracing.exporters import SpanExporter
from spanloom.tracing.pipeline import pipeline
from spanloom.tracing.settings import RedactionRule, Sampler, settings
from spanloom.tracing.stores import open_store

__all__ = ["configure", "set_experiment"]


def configure(
    *,
    store: str | None = None,
    experiment: str | None = None,
    enabled: bool | None = None,
    capture_content: bool | None = None,
    sample_rate: float | None = None,
    sampler: Sampler | None = None,
    redact: Sequence[RedactionRule] | None = None,
    exporters: Sequence[SpanExporter] | None = None,
    max_payload_bytes: int | None = None,
    max_stream_chunks: int | None = None,
    max_queue_size: int | None = None,
    flush_interval: float | None = None,
) -> None:
    """Set how this process records traces; what is not given stays as it is.

    Args:
        store: URL of the trace store, `sqlite:///./spanloom.db` by default (or `SPANLOOM_STORE`). Opened at once.
        experiment: Name under which new traces are filed (or `SPANLOOM_EXPERIMENT`).
        enabled: Whether anything is recorded (or `SPANLOOM_DISABLED=1`).
        capture_content: Whether inputs and outputs are recorded (or `SPANLOOM_CAPTURE_CONTENT=0`); without them spans
            still tell names, times, models, tokens, statuses and errors.
        sample_rate: Share of traces that are recorded, from 0 to 1; decided at the root span.
        sampler: `(name, span_type) -> bool` asked for every root span, instead of the rate.
        redact: What must never be stored: key paths, compiled regular expressions, callables. See `RedactionRule`.
        exporters: Further receivers of finished spans, besides the store; those set before are closed.
        max_payload_bytes: Longer inputs, outputs and attributes are cut, with a marker.
        max_stream_chunks: Chunks kept of a traced generator.
        max_queue_size: Ended spans that may wait for the writer; further ones are dropped and counted.
        flush_interval: Seconds the writer waits to gather a batch.

    Raises:
        StoreError: If the store can't be opened; the previous one stays in use.
        SpanloomError: If a value is out of its range; nothing is changed.

    Example:
        >>> spanloom.configure(store="sqlite:///traces.db", sample_rate=0.1, redact=["password"])
    """
    numbers: dict[str, tuple[float | None, float, float]] = {
        "sample_rate": (sample_rate, 0, 1),
        "max_payload_bytes": (max_payload_bytes, 1024, float("inf")),
        "max_stream_chunks": (max_stream_chunks, 1, float("inf")),
        "max_queue_size": (max_queue_size, 1, float("inf")),
        "flush_interval": (flush_interval, 0, 60),
    }
    for name, (number, low, high) in numbers.items():
        if number is not None and not low <= number <= high:
            raise SpanloomError(f"configure({name}={number!r}): expected a number from {low} to {high}")
    if redact is not None:
        _check_rules(redact)
    if store is not None:
        pipeline.use_store(open_store(store))
    if exporters is not None:
        pipeline.use_exporters(exporters)
    given: dict[str, Any] = {
        "store": store,
        "experiment": experiment,
        "enabled": enabled,
        "capture_content": capture_content,
        "sampler": sampler,
        "redact": redact,
        **{name: number for name, (number, _, _) in numbers.items()},
    }
    for name, value in given.items():
        if value is not None:
            setattr(settings, name, value)


def _check_rules(rules: Sequence[RedactionRule]) -> None:
    if isinstance(rules, str | re.Pattern) or callable(rules):
        raise SpanloomError(f"configure(redact=…) takes a list of rules: redact=[{rules!r}]")
    for rule in rules:
        if not (isinstance(rule, str | re.Pattern) or callable(rule)):
            raise SpanloomError(
                f"configure(redact=…): {rule!r} is no rule; expected a key path such as 'user.email', "
                "a compiled regular expression, or a callable (path, value) -> value"
            )


def set_experiment(name: str) -> None:
    """File traces that begin from now on under this name.

    Raises:
        SpanloomError: If the name is empty.
    """
    if not name:
        raise SpanloomError("set_experiment: expected a name, got an empty one")
    configure(experiment=name)
