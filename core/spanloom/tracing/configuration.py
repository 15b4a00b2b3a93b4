"""`spanloom.configure` and `spanloom.set_experiment`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spanloom.errors import SpanloomError
from spanloom.tracing.exporters import SpanExporter
from spanloom.tracing.pipeline import pipeline
from spanloom.tracing.retention import make_retention
from spanloom.tracing.settings import RedactionRule, Sampler, settings
from spanloom.tracing.snapshot import storable_text
from spanloom.tracing.stores import open_store

__all__ = ["Experiment", "configure", "set_experiment"]


_REGULAR_EXPRESSION = re.compile(r"[\\+?^|()\[\]{}]|[^.]\*|\*[^.]")
"""Characters that keys hardly have; an asterisk stands for a whole key."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """What traces and runs are filed under. An experiment is its name, and exists as soon as something is filed.

    Attributes:
        name: The name.
    """

    name: str

    @property
    def experiment_id(self) -> str:
        """The name, too: what MLflow's functions take."""
        return self.name


def configure(
    *,
    store: str | None = None,
    experiment: str | None = None,
    artifact_location: str | os.PathLike[str] | None = None,
    enabled: bool | None = None,
    capture_content: bool | None = None,
    sample_rate: float | None = None,
    sampler: Sampler | None = None,
    keep_errors: bool | None = None,
    keep_slower_than_ms: float | None = None,
    redact: Sequence[RedactionRule] | None = None,
    retention: str | Mapping[str, float] | None = None,
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
        artifact_location: Folder of the files of runs and models (or `SPANLOOM_ARTIFACT_LOCATION`); by default
            `spanloom_artifacts` beside the SQLite file.
        enabled: Whether anything is recorded (or `SPANLOOM_DISABLED=1`).
        capture_content: Whether inputs and outputs are recorded (or `SPANLOOM_CAPTURE_CONTENT=0`); without them spans
            still tell names, times, models, tokens, statuses and errors.
        sample_rate: Share of traces that are recorded, from 0 to 1; decided at the root span. It ends a sampler.
        sampler: `(name, span_type) -> bool` asked for every root span, instead of the rate, until a rate is given.
        keep_errors: Whether a trace that these leave out is kept after all if one of its spans fails.
        keep_slower_than_ms: Likewise if it takes so many milliseconds; `math.inf` for never, which is the default.
        redact: What must never be stored: key paths, compiled regular expressions, callables. See `RedactionRule`.
            `EMAILS`, `API_KEYS` and `CREDIT_CARDS` are ready rules.
        retention: How long traces are kept: an age such as `"30d"`, or `{"days": 30, "max_bytes": 2_000_000_000}` with
            one of them or both; `{}` keeps everything, as is the default. Older traces are deleted in the background
            of a process that records, a few at a time; those in progress are not.
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
        "keep_slower_than_ms": (keep_slower_than_ms, 0, float("inf")),
        "max_payload_bytes": (max_payload_bytes, 1024, float("inf")),
        "max_stream_chunks": (max_stream_chunks, 1, float("inf")),
        "max_queue_size": (max_queue_size, 1, float("inf")),
        "flush_interval": (flush_interval, 0, 60),
    }
    for name, (number, low, high) in numbers.items():
        if number is not None and (not _is_number(number) or not low <= number <= high):
            raise SpanloomError(f"configure({name}={number!r}): expected a number from {low} to {high}")
    _check_flags(enabled=enabled, capture_content=capture_content, keep_errors=keep_errors)
    _check_names(sampler, experiment)
    _check_exporters(exporters or ())
    if redact is not None:
        _check_rules(redact)
    kept = make_retention(retention) if retention is not None else None
    if store is not None:
        pipeline.use_store(open_store(store))
    if exporters is not None:
        pipeline.use_exporters(exporters)
    given: dict[str, Any] = {
        "store": store,
        "experiment": storable_text(experiment) if experiment is not None else None,
        "artifact_location": os.fspath(artifact_location) if artifact_location is not None else None,
        "enabled": enabled,
        "capture_content": capture_content,
        "sampler": sampler,
        "keep_errors": keep_errors,
        "redact": redact,
        **{name: number for name, (number, _, _) in numbers.items()},
    }
    for name, value in given.items():
        if value is not None:
            setattr(settings, name, value)
    if sample_rate is not None and sampler is None:
        settings.sampler = None
    if retention is not None:
        settings.retention = kept


def _check_flags(**flags: bool | None) -> None:
    for name, flag in flags.items():
        if not isinstance(flag, bool | None):
            raise SpanloomError(f"configure({name}={flag!r}): expected True or False")


def _check_names(sampler: Any, experiment: Any) -> None:
    if sampler is not None and not callable(sampler):
        raise SpanloomError(f"configure(sampler={sampler!r}): expected a callable (name, span_type) -> bool")
    if not isinstance(experiment, str | None):
        raise SpanloomError(f"configure(experiment={experiment!r}): expected a name")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _check_exporters(exporters: Sequence[SpanExporter]) -> None:
    if not isinstance(exporters, Sequence):
        raise SpanloomError(f"configure(exporters={exporters!r}): expected a list of exporters")
    for exporter in exporters:
        if not (callable(getattr(exporter, "export", None)) and callable(getattr(exporter, "close", None))):
            raise SpanloomError(
                f"configure(exporters=…): {exporter!r} is no exporter; expected an object with export(batch) and "
                "close(), such as spanloom.otlp.OtlpExporter()"
            )


def _check_rules(rules: Sequence[RedactionRule]) -> None:
    if isinstance(rules, str | re.Pattern) or callable(rules):
        raise SpanloomError(f"configure(redact=…) takes a list of rules: redact=[{rules!r}]")
    for rule in rules:
        if not (isinstance(rule, str | re.Pattern) or callable(rule)):
            raise SpanloomError(
                f"configure(redact=…): {rule!r} is no rule; expected a key path such as 'user.email', "
                "a compiled regular expression, or a callable (path, value) -> value"
            )
        if isinstance(rule, str) and (not all(rule.split(".")) or _REGULAR_EXPRESSION.search(rule)):
            raise SpanloomError(
                f"configure(redact=…): a text such as 'user.*.email' is a path of keys, which {rule!r} is not; "
                f"a regular expression is compiled: re.compile({rule!r})"
            )


def set_experiment(experiment_name: str | None = None, experiment_id: str | None = None) -> Experiment:
    """File traces and runs that begin from now on under this name.

    Args:
        experiment_name: The name.
        experiment_id: The same: an experiment's id is its name.

    Returns:
        The experiment.

    Raises:
        SpanloomError: If the name is empty, missing, or given twice.

    Example:
        >>> spanloom.set_experiment("support-agent").experiment_id
        'support-agent'
    """
    name = experiment_id if experiment_name is None else experiment_name
    if not name or None not in {experiment_name, experiment_id}:
        given = f"experiment_name={experiment_name!r}, experiment_id={experiment_id!r}"
        raise SpanloomError(f"set_experiment: expected a name, as one of the two arguments, got {given}")
    configure(experiment=name)
    return Experiment(name)
